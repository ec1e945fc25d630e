# SPDX-License-Identifier: 0BSD
"""What the tests of examples/mqtt share: checks, a client of ours, a mosquitto, a proxy."""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()
passed = failed = 0
PATIENCE = 25  # seconds until something that should happen counts as something that does not


def check(name, condition, *more):
    global passed, failed
    with lock:
        if condition:
            passed += 1
        else:
            failed += 1
            print('FAIL', name, *(str(m)[:600] for m in more), flush=True)
    return condition


def run_all(tests, workers=12):
    """Runs the tests, several at a time: most of them wait."""
    def one(test):
        try:
            test()
        except Exception as error:  # pylint: disable=broad-except
            check(f'{test.__name__} runs', False, repr(error))
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, tests))
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


def until(condition):
    """Waits until the condition is true, and answers whether it is."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Process:
    """One that runs beside the test; what it prints is collected by lines."""

    def __init__(self, *command, **options):
        self.out, self.err = [], []
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.threads = [threading.Thread(target=self.collect, args=pair, daemon=True) for pair in (
            (self.process.stdout, self.out), (self.process.stderr, self.err))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def collect(stream, lines):
        for line in stream:
            lines.append(line.decode('latin-1').rstrip('\n'))

    def say(self, *lines):
        self.process.stdin.write(''.join(line + '\n' for line in lines).encode())
        self.process.stdin.flush()

    def saw(self, line, times=1):
        return until(lambda: self.out.count(line) >= times)

    def told(self, line, times=1):
        return until(lambda: self.err.count(line) >= times)

    def end(self):
        """Ends the input, and answers the exit status."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        return self.wait()

    def wait(self):
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = 'does not end'
        for thread in self.threads:
            thread.join(PATIENCE)
        return status

    def kill(self):
        self.process.kill()
        return self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class Broker:
    """A mosquitto of its own, with a folder of its own."""

    def __init__(self, *more, port=None, start=True):
        self.port = port or free_port()
        self.folder = tempfile.TemporaryDirectory()
        self.process = None
        self.config = os.path.join(self.folder.name, 'conf')
        with open(self.config, 'w') as config:
            print(f'listener {self.port} 127.0.0.1\nuser root\nmax_queued_messages 0\nlog_type none', file=config)
            if not any('allow_anonymous' in line for line in more):
                print('allow_anonymous true', file=config)
            for line in more:
                print(line.replace('FOLDER', self.folder.name), file=config)
        if start:
            self.start()

    def start(self):
        self.process = subprocess.Popen(['mosquitto', '-c', self.config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

        def listens():
            try:
                socket.create_connection(('127.0.0.1', self.port), timeout=1).close()
                return True
            except OSError:
                return False
        if not until(listens):
            raise RuntimeError('mosquitto does not listen')

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def subscriber(self, *options):
        """A mosquitto_sub that is subscribed when this answers. Prints topic, QoS, retain and payload."""
        process = Process('mosquitto_sub', '-p', self.port, '-F', '%t %q %r %p', '-t', 'ready', *options)
        until(lambda: (self.publish('ready', 'go'), time.sleep(0.02), process.out)[2])
        return process

    def publish(self, topic, payload, *options):
        subprocess.run(['mosquitto_pub', '-p', str(self.port), '-t', topic, '-s' if payload else '-n', *options],
                       check=True, input=payload.encode() if isinstance(payload, str) else payload, timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()


class Proxy:
    """Between a client and a broker. A subclass says in pass_on() what becomes of each piece."""

    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(('127.0.0.1', self.to))
            except OSError:
                client.close()
                continue
            self.connections += 1
            for one in (client, broker):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = self.connections
            for name, pair in (('up', (client, broker)), ('down', (broker, client))):
                threading.Thread(target=self.carry, args=(number, name, *pair), daemon=True).start()

    def carry(self, number, way, source, sink):
        try:
            while data := source.recv(65536):
                self.pass_on(number, way, data, sink)
            sink.shutdown(socket.SHUT_WR)
            return
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def pass_on(self, number, way, data, sink):
        sink.sendall(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""examples/mqtt against a real mosquitto. Ends with `N passed, N failed`.

usage: tests/peers/mqtt/broker.py CLIENT SANITIZED LARGE
The client comes in three builds; the last one has large buffers."""
import signal
import subprocess
import sys
import threading
import time

from mqtt import Broker, Process, Proxy, check, free_port, run_all, until

PLAIN, SANITIZED, LARGE = sys.argv[1:4]
OUTBOX = 1024  # bytes, in the first two


def client(port, *options, build=SANITIZED):
    """With short waits, so that the tests are short."""
    return Process(build, '127.0.0.1', port, '-b', 20, '-B', 200, *options)


def connected(port, *options, **more):
    process = client(port, *options, **more)
    process.told('connected')
    return process


def publish_and_subscribe():
    with Broker() as broker:
        for qos in (0, 1):
            with broker.subscriber('-t', f'up/{qos}', '-q', '1') as theirs, \
                    connected(broker.port, '-q', qos, '-s', f'down/{qos}') as ours:
                ours.say(f'up/{qos} hello', f'up/{qos} ' + 'x' * 300, f'up/{qos}')
                check(f'QoS {qos}: they get what we publish', theirs.saw(f'up/{qos} {qos} 0 hello')
                      and theirs.saw(f'up/{qos} {qos} 0 ' + 'x' * 300) and theirs.saw(f'up/{qos} {qos} 0 '), theirs.out)
                ours.say(f'down/{qos} own')
                ours.saw(f'down/{qos} {qos} 3 own')
                broker.publish(f'down/{qos}', 'hi', '-q', '1')
                broker.publish(f'down/{qos}', '', '-q', '1')
                check(f'QoS {qos}: we get what they publish', ours.saw(f'down/{qos} {qos} 2 hi')
                      and ours.saw(f'down/{qos} {qos} 0 '), ours.out)
                check(f'QoS {qos}: good-bye', ours.end() == 0 and ours.err == ['connected'], ours.err)
                check(f'QoS {qos}: nothing twice', len(theirs.out) == len(set(theirs.out)) + theirs.out.count(
                    'ready 0 0 go') - 1, theirs.out)


def retained():
    with Broker() as broker:
        with connected(broker.port, '-r', '-q', '1') as ours:
            ours.say('kept/a for later')
            check('retained: the end', ours.end() == 0, ours.err)
        with broker.subscriber('-t', 'kept/+') as theirs:
            check('retained: they get it later', theirs.saw('kept/a 0 1 for later'), theirs.out)
        with connected(broker.port, '-q', '1', '-s', 'kept/#') as ours:
            check('retained: we get it, and are told', ours.saw('kept/a 1 retained 9 for later'), ours.out)
            broker.publish('kept/a', 'now', '-r', '-q', '1')
            check('retained: a later one is not', ours.saw('kept/a 1 3 now'), ours.out)


def last_will():
    with Broker() as broker, broker.subscriber('-t', 'will', '-q', '1') as theirs:
        with connected(broker.port, '-w', 'will', '-W', 'first', '-q', '1') as ours:
            check('will: none after a good-bye', ours.end() == 0 and not any('first' in l for l in theirs.out),
                  theirs.out)
        with connected(broker.port, '-w', 'will', '-W', 'second', '-q', '1') as ours:
            ours.kill()
            check('will: of a client that is killed', theirs.saw('will 1 0 second'), theirs.out)
        with connected(broker.port, '-w', 'will', '-W', 'third') as ours:
            ours.process.terminate()
            check('will: SIGTERM says good-bye', ours.wait() == 0)
        broker.publish('will', 'last', '-q', '1')
        check('will: none of those', theirs.saw('will 1 0 last') and not any(
            'first' in l or 'third' in l for l in theirs.out), theirs.out)


def wildcards():
    with Broker() as broker, connected(broker.port, '-q', '1', '-s', 'a/+/c', '-s', 'b/#', '-s', '+') as ours:
        ours.say('ok 1')
        ours.saw('ok 1 1 1')
        for topic in ('a/x/c', 'a/x/d', 'a/x/y/c', 'b', 'b/x/y', 'c/d', 'top', 'end'):
            broker.publish(topic, '1', '-q', '1')
        ours.saw('end 1 1 1')
        got = [line.split()[0] for line in ours.out]
        check('wildcards', got == ['ok', 'a/x/c', 'b', 'b/x/y', 'top', 'end'], got)


def large():
    text = ''.join(chr(33 + i % 90) for i in range(60000))
    with Broker() as broker, broker.subscriber('-t', 'large', '-q', '1') as theirs, \
            connected(broker.port, '-q', '1', '-s', 'down', build=LARGE) as ours:
        for _ in range(3):
            ours.say('large ' + text)
        check('large: they get it', theirs.saw('large 1 0 ' + text, 3), [len(l) for l in theirs.out])
        broker.publish('down', text, '-q', '1')
        check('large: we get it', ours.saw('down 1 60000 ' + text), [len(l) for l in ours.out])
        check('large: good-bye', ours.end() == 0 and ours.err == ['connected'], ours.err)


def too_large():
    with Broker() as broker:
        for qos in (0, 1):
            with connected(broker.port, '-q', qos, '-i', f'small{qos}', '-s', 'down') as ours:
                ours.say('up ' + 'x' * 508)
                check('too large to publish', ours.told('up: larger than the buffers'), ours.err)
                ours.say('down 1')
                ours.saw(f'down {qos} 1 1')
                broker.publish('down', 'x' * 600, '-q', '1')
                broker.publish('down', 'x' * 60000, '-q', '1')
                broker.publish('down', 'x' * 506, '-q', '1')
                broker.publish('down', 'end', '-q', '1')
                check(f'QoS {qos}: too large to receive', ours.told('larger than the buffers', 2), ours.err)
                check(f'QoS {qos}: what has room, and what comes after', ours.saw(f'down {qos} 3 end') and ours.out == [
                    f'down {qos} 1 1'] + [f'down {qos} {506} ' + 'x' * 506] * (qos == 0) + [f'down {qos} 3 end']
                    or ours.out[1][-506:] == 'x' * 506, ours.out)
                check(f'QoS {qos}: the connection goes on', ours.err.count('connected') == 1, ours.err)


def restarts():
    """Nothing that was published with QoS 1 is lost, and all that with QoS 0 comes once at most."""
    with Broker('persistence true', 'persistence_location FOLDER/', 'autosave_interval 0') as broker:
        with broker.subscriber('-t', 'stream/#', '-q', '1', '-c', '-i', 'them') as theirs, \
                connected(broker.port, '-q', '1', '-c', '-i', 'us') as ours, \
                connected(broker.port, '-q', '0', '-c', '-i', 'us0') as ours0:
            def speak():
                for i in range(600):
                    ours.say(f'stream/1 {i}')
                    ours0.say(f'stream/0 {i}')
                    time.sleep(0.002)
            speaking = threading.Thread(target=speak)
            speaking.start()
            for _ in range(3):
                time.sleep(0.3)
                broker.stop()
                time.sleep(0.1)
                broker.start()
            speaking.join()
            status = ours.end(), ours0.end()
            check('restarts: good-bye', status == (0, 0), status, ours.err, ours0.err)
            check('restarts: they connect again', ours.err.count('connected') == 4, ours.err)
            wanted = {f'stream/1 1 0 {i}' for i in range(600)}
            check('restarts: nothing is lost', until(lambda: wanted <= set(theirs.out)),
                  sorted(wanted - set(theirs.out)))
            once = [line for line in theirs.out if line.startswith('stream/0')]
            check('restarts: QoS 0 comes once', len(once) == len(set(once)) > 100, len(once), len(set(once)))


def subscribes_again():
    for clean in ([], ['-c', '-i', 'sub']):
        with Broker() as broker, connected(broker.port, '-q', '1', '-s', 'a/#', '-s', 'b', *clean) as ours:
            broker.process.kill()
            broker.stop()
            check('again: the error has a name', ours.told('the broker closed the connection'), ours.err)
            broker.start()
            ours.told('connected', 2)
            ours.say('a/1 x', 'b y')
            check('again: both subscriptions', ours.saw('a/1 1 1 x') and ours.saw('b 1 1 y'), ours.out, ours.err)


def keep_alive():
    """mosquitto hangs up after one and a half seconds of silence: it looks every five seconds."""
    with Broker() as broker, connected(broker.port, '-k', '1', '-s', 'x') as ours:
        time.sleep(8)
        ours.say('x y')
        check('keep-alive: the connection lives', ours.saw('x 0 1 y') and ours.err == ['connected'], ours.err)


def keep_alive_while_speaking():
    """Only one side says something: the broker with QoS 0, or the client."""
    with Broker() as broker, connected(broker.port, '-k', '1', '-s', 'x') as ours, \
            connected(broker.port, '-k', '1') as speaker:
        for i in range(80):
            speaker.say(f'x {i}')
            time.sleep(0.1)
        check('keep-alive: a speaker and a listener', ours.saw('x 0 2 79') and ours.err == speaker.err == ['connected'],
              ours.err, speaker.err)


def stopped_broker():
    with Broker() as broker, connected(broker.port, '-k', '1', '-t', '300', '-q', '1', '-s', 'x') as ours:
        broker.process.send_signal(signal.SIGSTOP)
        check('half open: the broker does not answer', ours.told('the broker does not answer', 3), ours.err)
        ours.say('x kept')
        broker.process.send_signal(signal.SIGCONT)
        check('half open: it goes on', ours.saw('x 1 4 kept'), ours.out, ours.err)


class Deaf(Proxy):
    """Passes nothing on once it is deaf."""
    deaf = False

    def pass_on(self, number, way, data, sink):
        if not self.deaf:
            sink.sendall(data)


def half_open():
    with Broker() as broker, Deaf(broker.port) as proxy, \
            connected(proxy.port, '-k', '1', '-t', '300', '-q', '1', '-s', 'x') as ours:
        proxy.deaf = True
        ours.say('x kept')
        check('half open: nothing passes', ours.told('the broker does not answer', 2), ours.err)
        proxy.deaf = False
        check('half open: it passes again', ours.saw('x 1 4 kept'), ours.out, ours.err)


class Slow(Proxy):
    """Delays, one byte at a time at the start of a piece, and cuts."""
    pieces = 0

    def pass_on(self, number, way, data, sink):
        while data:
            for i in range(min(len(data), 10)):
                sink.sendall(data[i:i + 1])
                time.sleep(0.0005)
            sink.sendall(data[10:50])
            data = data[50:]
            self.pieces += 1
            if number < 6 and self.pieces % 9 == 0:
                raise OSError


def slow_broker():
    with Broker() as broker, Slow(broker.port) as proxy, broker.subscriber('-t', 'slow', '-q', '1') as theirs:
        with client(proxy.port, '-q', '1', '-c', '-i', 'slow') as ours:
            for i in range(150):
                ours.say(f'slow {i}')
            check('slow and cut: good-bye', ours.end() == 0, ours.err)
            check('slow and cut: it was cut', proxy.connections == 6, proxy.connections)
        wanted = {f'slow 1 0 {i}' for i in range(150)}
        check('slow and cut: nothing is lost', until(lambda: wanted <= set(theirs.out)), wanted - set(theirs.out))


class Cutter(Proxy):
    """Of one direction, the first connection: a pause after byte k, or nothing after it any more."""

    def __init__(self, port, way, k, cuts):
        self.way, self.k, self.cuts, self.total = way, k, cuts, 0
        super().__init__(port)

    def pass_on(self, number, way, data, sink):
        if number > 1 or way != self.way:
            sink.sendall(data)
            return
        at = self.k - self.total
        self.total += len(data)
        if not 0 <= at < len(data):
            sink.sendall(data)
            return
        sink.sendall(data[:at])
        if self.cuts:
            raise OSError
        time.sleep(0.01)
        sink.sendall(data[at:])


def one_cut(broker, way, k, cuts):
    """A session with each kind of packet. False if it did not get as far as byte k."""
    topic = f'{way}{k}{cuts}'
    with Cutter(broker.port, way, k, cuts) as proxy, \
            client(proxy.port, '-q', '1', '-c', '-i', topic, '-s', topic, '-t', '5000', build=PLAIN) as ours:
        ours.say(topic + ' a', topic + ' b')
        good = ours.saw(topic + ' 1 1 a') and ours.saw(topic + ' 1 1 b') and ours.end() == 0
        good = good and set(ours.err) <= {'connected', 'the broker closed the connection', 'Connection reset by peer'}
        return proxy.total > k, good, ours.err


def cut_everywhere():
    with Broker() as broker:
        for cuts in (False, True):
            for way in ('up', 'down'):
                wrong, cut = [], 0
                for k in range(200):
                    reached, good, told = one_cut(broker, way, k, cuts)
                    if not reached:
                        break
                    cut += 1
                    if not good:
                        wrong.append((k, told))
                check(f'cut at each byte, {way}, {"for good" if cuts else "for a moment"}',
                      not wrong and 20 < cut < 200, cut, wrong)


def wrong_password():
    with Broker('allow_anonymous false', 'password_file FOLDER/passwords', start=False) as broker:
        subprocess.run(['mosquitto_passwd', '-b', '-c', broker.folder.name + '/passwords', 'ada', 'right'], check=True)
        broker.start()
        with client(broker.port, '-u', 'ada', '-p', 'wrong') as ours:
            check('wrong password: has a name, is tried again', ours.told('not authorised', 2)
                  and set(ours.err) == {'not authorised'}, ours.err)
        with client(broker.port) as ours:
            check('no password: has a name', ours.told('not authorised'), ours.err)
        with client(broker.port, '-u', 'ada', '-p', 'right') as ours:
            check('right password', ours.told('connected') and ours.end() == 0, ours.err)


def nobody_there():
    port = free_port()
    with client(port, '-q', '1', '-s', 'x') as ours:
        check('nobody there: has a name, is tried again', ours.told('Connection refused', 3), ours.err)
        ours.say('x offline')
        with Broker(port=port):
            check('nobody there: then there is', ours.told('connected') and ours.saw('x 1 7 offline'), ours.err)
    with client(port) as ours:
        ours.told('Connection refused')
        check('stopped offline', ours.end() == 0, ours.err)
    with client(port, '-t', '300') as ours:
        ours.say('x y')
        ours.told('Connection refused')
        check('stopped offline with a message', ours.end() == 1
              and ours.err[-1] == 'mqtt: stopped with unacknowledged messages', ours.err)


def no_way():
    """An address that is nobody's: what the error is depends on the network."""
    with Process(SANITIZED, '192.0.2.1', 1883, '-b', 20, '-B', 200, '-t', '300') as ours:
        check('no way there: has a name, is tried again', until(lambda: len(ours.err) > 2) and set(ours.err) <= {
            'the broker does not answer', 'Network is unreachable', 'No route to host', 'Connection refused',
            'the broker closed the connection', 'Connection reset by peer', 'Permission denied'}, ours.err)


def offline():
    """What has room is kept in order, and what has none is refused; or it waits."""
    record = 3 + 2 + 2 + 1 + 2 + 4  # of `o r000` with QoS 1
    port = free_port()
    with Broker('persistence true', 'persistence_location FOLDER/', port=port) as broker, \
            broker.subscriber('-t', 'o', '-q', '1', '-c', '-i', 'them') as theirs:
        broker.stop()
        with client(port, '-q', '1') as waiting, client(port, '-q', '1', '-n') as refused:
            waiting.say(*(f'o w{i:03}' for i in range(200)))
            refused.say(*(f'o r{i:03}' for i in range(200)))
            until(lambda: len([l for l in refused.err if 'room' in l]) == 200 - OUTBOX // record)
            broker.start()
            check('offline: good-bye', (waiting.end(), refused.end()) == (0, 0), waiting.err, refused.err)
            until(lambda: len([line for line in theirs.out if line.startswith('o')]) >= 200 + OUTBOX // record)
            waited = [line for line in theirs.out if line.startswith('o 1 0 w')]
            check('offline: those that wait come, in order', waited == [f'o 1 0 w{i:03}' for i in range(200)], waited)
            kept = [line for line in theirs.out if line.startswith('o 1 0 r')]
            check('offline: as many as have room', kept == [f'o 1 0 r{i:03}' for i in range(OUTBOX // record)], kept)


def echoes():
    """A task that publishes for each message while its outbox is full: an error, and no deadlock."""
    with Broker() as broker, broker.subscriber('-t', 'echo', '-q', '1') as theirs, \
            connected(broker.port, '-q', '1', '-s', 'in', '-e', 'echo') as ours:
        ours.say('in 0')
        ours.saw('in 1 1 0')
        with connected(broker.port, '-q', '1') as speaker:
            speaker.say(*(f'in {i}' for i in range(1, 300)))
            check('echo: the speaker ends', speaker.end() == 0, speaker.err)
        ours.saw('in 1 3 299')
        refused = sum('room' in line for line in ours.err)
        until(lambda: sum(line.startswith('echo') for line in theirs.out) + refused >= 300)
        echoed = sum(line.startswith('echo') for line in theirs.out)
        check('echo: each is echoed or refused', len(ours.out) == 300 and echoed + refused == 300, len(ours.out),
              echoed, refused, ours.err[-3:])


run_all([cut_everywhere, restarts, keep_alive, keep_alive_while_speaking, slow_broker, stopped_broker, half_open,
         publish_and_subscribe, retained, last_will, wildcards, large, too_large, subscribes_again, wrong_password,
         nobody_there, no_way, offline, echoes])

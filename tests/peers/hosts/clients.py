#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Peers of ports/libuv/echo.c and ports/glib/lines.c, as `make hosts` builds them. Prints `N passed, N failed`.

usage: clients.py echo|lines COMMAND...
"""
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../..'))
KIND, COMMAND = sys.argv[1], sys.argv[2:]
results = []


def check(what, good):
    results.append(good)
    if not good:
        print(f'FAIL {" ".join(COMMAND)}: {what}')


def connect(port):
    client = socket.create_connection(('127.0.0.1', port))
    client.settimeout(60)
    return client


def received(client):
    data = b''
    while True:
        part = client.recv(65536)
        if not part:
            return data
        data += part


def echo():
    server = subprocess.Popen(COMMAND + ['0'], stdout=subprocess.PIPE, text=True)
    port = int(server.stdout.readline().split()[1])
    answer = subprocess.run(['nc', '-N', '127.0.0.1', str(port)], input=b'hello\n', stdout=subprocess.PIPE, timeout=60)
    check('nc gets its line', answer.stdout == b'hello\n')

    sent = os.urandom(2000000)
    client = connect(port)
    writer = threading.Thread(target=lambda: (client.sendall(sent), client.shutdown(socket.SHUT_WR)))
    writer.start()
    check('two megabytes come back, and then the end', received(client) == sent)
    writer.join()
    client.close()

    for _ in range(20):  # a peer that breaks the connection while the server writes to it
        client = connect(port)
        client.sendall(b'x' * 100000)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        client.close()

    clients = []
    while len(clients) < 8:  # a place is free as soon as the server has closed a broken connection
        client = connect(port)
        client.sendall(b'mine')
        try:
            if client.recv(4) == b'mine':
                clients.append(client)
        except ConnectionError:
            pass
    try:
        check('the ninth is refused', connect(port).recv(1) == b'')
    except ConnectionError:
        check('the ninth is refused', True)
    for i, client in enumerate(clients):
        client.sendall(b'%d' % i)
    check('each gets its own', [client.recv(1) for client in clients] == [b'%d' % i for i in range(8)])

    stuck = clients[0]  # it never reads: the server waits in a write when it is stopped
    stuck.setblocking(False)
    try:
        while True:
            stuck.send(b'x' * 65536)
    except BlockingIOError:
        pass
    server.send_signal(signal.SIGTERM)
    check('all connections end', all(received(client) == b'' for client in clients[1:]))
    check('the server ends, and nothing of its loop is left', server.wait(timeout=60) == 0)


def lines():
    size = os.path.getsize('agen.h')
    answer = subprocess.run(COMMAND, input=b'agen.h\nnone\n\nagen.h', stdout=subprocess.PIPE, timeout=60)
    expected = b'agen.h: %d bytes\nnone: not found\n' % size
    check('a pipe', answer.returncode == 0 and answer.stdout.startswith(expected)
          and answer.stdout.endswith(b'agen.h: %d bytes\nbye\n' % size))

    ours, theirs = socket.socketpair()
    server = subprocess.Popen(COMMAND, stdin=theirs, stdout=subprocess.PIPE)
    theirs.close()
    for part in b'ag', b'en', b'.h\nno', b'ne\n':  # in pieces: the answer comes when a line is whole
        ours.sendall(part)
    check('a socket', server.stdout.readline() + server.stdout.readline() == expected)
    ours.sendall(b'uptime\n')
    first = server.stdout.readline()
    now = first
    while now == first:  # the timer of GLib goes on beside the task
        ours.sendall(b'uptime\n')
        now = server.stdout.readline()
    check('seconds', int(now.split()[0]) > int(first.split()[0]))
    server.send_signal(signal.SIGTERM)
    check('a signal ends it', server.stdout.read() == b'bye\n' and server.wait(timeout=60) == 0)


{'echo': echo, 'lines': lines}[KIND]()
print(f'{sum(results)} passed, {len(results) - sum(results)} failed')
sys.exit(0 if all(results) else 1)

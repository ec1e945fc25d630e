#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""examples/mqtt against a broker that does what no good broker does. Ends with `N passed, N failed`.

usage: tests/peers/mqtt/hostile.py CLIENT    built with sanitizers. SEED=n sends other random bytes"""
import os
import random
import socket
import struct
import sys
import threading
import time

from mqtt import PATIENCE, Process, check, run_all, until

CLIENT = sys.argv[1]
SEED = int(os.environ.get('SEED', '1'))
ACCEPTED = b'\x20\x02\x00\x00'
HUNG_UP, MALFORMED = 'the broker closed the connection', 'malformed packet'
UNEXPECTED, TOO_LARGE = 'unexpected packet', 'larger than the buffers'
SURVIVED = {'connected', 'the broker refused a subscription'}


def packet(first, body):
    length, size = len(body), b''
    while True:
        size += bytes([length & 127 | (128 if length > 127 else 0)])
        length >>= 7
        if not length:
            return bytes([first]) + size + body


def publish(topic, payload=b'', flags=0, number=b''):
    return packet(0x30 | flags, struct.pack('>H', len(topic)) + topic + number + payload)


def read_packet(connection):
    """(first byte, body), or None at the end."""
    first, length, shift = connection.recv(1), 0, 0
    while first:
        byte = connection.recv(1)
        if not byte:
            return None
        length |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            break
    body = b''
    while first and len(body) < length:
        more = connection.recv(length - len(body))
        if not more:
            return None
        body += more
    return (first[0], body) if first else None


class Listener:
    def __init__(self):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.socket.settimeout(PATIENCE)
        self.port = self.socket.getsockname()[1]

    def accept(self):
        connection, _ = self.socket.accept()
        connection.settimeout(PATIENCE)
        return connection

    def client(self, *options):
        return Process(CLIENT, '127.0.0.1', self.port, '-b', 1, '-B', 2, *options)

    def attack(self, client, data):
        """Sends it over a new connection, and answers with what error the client takes it."""
        before = len(client.err)
        with self.accept() as connection:
            try:
                read_packet(connection)  # the CONNECT
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
            except OSError:
                pass
        until(lambda: [line for line in client.err[before:] if line not in SURVIVED] or client.process.poll())
        return [line for line in client.err[before:] if line not in SURVIVED]


def attack_all(name, attacks):
    """Each is what is sent, and the errors that are expected."""
    listener = Listener()
    with listener.client('-s', 'x', '-q', '1') as client:
        for what, *expected in attacks:
            got = listener.attack(client, what)
            if not check(f'{name}: {what[:40].hex(" ")}', got and got[-1] in expected, expected, got):
                break
        check(f'{name}: the client lives', client.process.poll() is None, client.err[-20:])
        # No sanitizer has said anything, and the client still works.
        before = client.err.count('connected')
        with listener.accept() as connection:
            read_packet(connection)
            connection.sendall(ACCEPTED)
            check(f'{name}: and connects', client.told('connected', before + 1), client.err[-3:])
            client.kill()


def damaged_before():
    names = ['the broker does not speak MQTT 3.1.1', 'the broker refused the client identifier',
             'the broker is unavailable', 'bad user name or password', 'not authorised']
    attack_all('before CONNACK', [
        *((bytes([0x20, 2, 0, i + 1]), name) for i, name in enumerate(names)),
        (b'', HUNG_UP), (b'\x20\x02\x00\x06', MALFORMED), (b'\x20\x02\x02\x00', MALFORMED),
        (b'\x20\x03\x00\x00\x00', MALFORMED), (b'\x20\x01\x00', MALFORMED), (b'\x21\x02\x00\x00', UNEXPECTED),
        (b'\x20\x04\x00\x00\x00\x00', UNEXPECTED), (b'\x40\x02\x00\x01', UNEXPECTED), (b'\xd0\x00', UNEXPECTED),
        (publish(b'x'), UNEXPECTED), (publish(b'x', b'long'), UNEXPECTED), (b'\x20\x80\x80\x80\x80\x01', MALFORMED),
        (b'HTTP/1.1 400 Bad Request\r\n\r\n', UNEXPECTED), (b'\x00\x00', UNEXPECTED)])


def damaged_after():
    attack_all('after CONNACK', [(ACCEPTED + bad, error) for bad, error in [
        (ACCEPTED, UNEXPECTED), (b'\x30\xff\xff\xff\xff\x7f', MALFORMED), (b'\xd0\x80\x80\x80\x80', MALFORMED),
        (publish(b'x', flags=6, number=b'\0\1'), MALFORMED), (publish(b'x', flags=4, number=b'\0\1'), UNEXPECTED),
        (publish(b'x', flags=8), MALFORMED), (publish(b'x', flags=2, number=b'\0\0'), MALFORMED),
        (publish(b'x', flags=2), MALFORMED), (publish(b'x', flags=2, number=b'\1'), MALFORMED),
        (publish(b''), MALFORMED), (publish(b'x/#'), MALFORMED), (publish(b'\xff'), MALFORMED),
        (publish(b'a\0b'), MALFORMED), (publish(b'\xed\xa0\x80'), MALFORMED), (b'\x30\x00', MALFORMED),
        (b'\x30\x01\x00', MALFORMED), (b'\x30\x02\x00\x01', MALFORMED), (b'\x30\x03\xff\xff\x41', MALFORMED),
        (publish(b't' * 511), TOO_LARGE), (publish(b't' * 60000), TOO_LARGE),
        (publish(b't' * 508, b'', 2, b'\0\1') + b'\0\0', UNEXPECTED),
        (b'\x40\x01\x00', MALFORMED), (b'\x40\x03\x00\x01\x00', MALFORMED), (b'\x41\x02\x00\x01', MALFORMED),
        (b'\x90\x03\x77\x77\x00', UNEXPECTED), (b'\x90\x03\x00\x01\x03', MALFORMED), (b'\x90\x02\x00\x01', MALFORMED),
        (b'\xd0\x01\x00', MALFORMED), (b'\xd1\x00', MALFORMED), (b'\xd0\x04\x00\x00\x00\x00', UNEXPECTED),
        *((bytes([kind << 4, 2, 0, 1]), UNEXPECTED) for kind in (0, 1, 5, 6, 7, 8, 10, 11, 12, 14, 15))]])


def truncated():
    """Each packet cut at each byte, and then the end of the connection."""
    packets = [ACCEPTED, ACCEPTED + b'\x40\x02\x00\x09', ACCEPTED + b'\xd0\x00', ACCEPTED + publish(b'x/y', b'text'),
               ACCEPTED + publish(b'x/y', b'text', 2, b'\0\5'), ACCEPTED + publish(b'x', b'y' * 200)[:20],
               ACCEPTED + publish(b'x', b'y' * 1000, 2, b'\0\5')]
    attack_all('truncated', [(whole[:k], HUNG_UP, *([TOO_LARGE] if len(whole) > 600 and k >= len(whole) else []))
                             for whole in packets for k in [*range(min(len(whole), 30)), len(whole) - 1, len(whole)]])


def random_bytes():
    seeded = random.Random(SEED)
    known = [HUNG_UP, MALFORMED, UNEXPECTED, TOO_LARGE, 'the broker is unavailable', 'not authorised',
             'bad user name or password']

    def blob():
        kind = seeded.randrange(4)
        if kind == 0:
            return seeded.randbytes(seeded.randrange(1, 40))
        if kind == 1:
            return ACCEPTED + seeded.randbytes(seeded.randrange(1, 40))
        if kind == 2:  # a packet whose first byte and length are right
            return ACCEPTED + packet(0x30 | seeded.randrange(16), seeded.randbytes(seeded.randrange(700)))
        bytes_ = bytearray(publish(b'x', seeded.randbytes(seeded.randrange(20)), 2, b'\1\1') * 5)
        for _ in range(seeded.randrange(1, 4)):
            bytes_[seeded.randrange(len(bytes_))] = seeded.randrange(256)
        return ACCEPTED + bytes(bytes_)
    attack_all(f'random bytes, SEED={SEED}', [(blob(), *known) for _ in range(400)])


def silence():
    listener = Listener()
    with listener.client('-t', '200') as client, listener.accept():
        check('silence has a name', client.told('the broker does not answer'), client.err)


def pings():
    """As long as they are answered, the connection goes on; whether or not the client says something else."""
    for talks in (False, True):
        listener = Listener()
        with listener.client('-k', '1', '-t', '500') as client, listener.accept() as connection:
            read_packet(connection)
            connection.sendall(ACCEPTED)
            seen = []
            while seen.count(0xC0) < 3:
                seen.append(read_packet(connection)[0])
                if seen[-1] == 0xC0:
                    connection.sendall(b'\xd0\x00')
                if talks:
                    client.say('x y')
                    time.sleep(0.05)
            check('pings are sent', client.err == ['connected'] and (0x30 in seen) == talks, client.err, seen)
            check('a ping without an answer has a name', client.told('the broker does not answer'), client.err)


def refused_subscription():
    listener = Listener()
    with listener.client('-s', 'x', '-q', '1') as client, listener.accept() as connection:
        read_packet(connection)
        connection.sendall(ACCEPTED)
        _, body = read_packet(connection)
        connection.sendall(b'\x90\x03' + body[:2] + b'\x80')
        check('a refused subscription has a name', client.told('the broker refused a subscription'), client.err)
        client.say('y z')
        check('and the connection goes on', read_packet(connection)[1].startswith(b'\0\1y'))


def cut_stream():
    """The broker acknowledges some, and cuts: what is not acknowledged comes again, marked as a duplicate; what has
    QoS 0 does not."""
    listener, seeded = Listener(), random.Random(SEED)

    def one_connection(qos, seen, acknowledged):
        """Whether it ended with a DISCONNECT."""
        with listener.accept() as connection:
            read_packet(connection)
            connection.sendall(ACCEPTED)
            connection.settimeout(0.1)  # the client waits for acknowledgements that it has not got
            for _ in range(seeded.randrange(3, 25)):
                try:
                    got = read_packet(connection)
                except OSError:
                    break
                if got is None or got[0] == 0xE0:
                    return got is not None
                number = got[1][3 + 2 * qos:]
                seen.setdefault(number, []).append(got[0] & 8)
                if qos and seeded.randrange(3):
                    acknowledged.add(number)
                    connection.sendall(b'\x40\x02' + got[1][3:5])
                    time.sleep(0.001)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        return False

    for qos in (1, 0):
        acknowledged, seen, all_ = set(), {}, {str(i).encode() for i in range(80)}
        with listener.client('-q', qos) as client:
            client.say(*(f't {i}' for i in range(80)))
            if qos:
                while len(acknowledged) < 80:
                    one_connection(qos, seen, acknowledged)
                check('cut stream: nothing is lost', acknowledged == all_, all_ - acknowledged)
                check('cut stream: what comes again is marked', any(len(dups) > 1 for dups in seen.values())
                      and all(all(dups[1:]) for dups in seen.values()), seen)
                check('cut stream: what is new is not', seen[b'0'][0] == seen[b'1'][0] == 0, seen)
            else:
                threading.Thread(target=client.end, daemon=True).start()
                listener.socket.settimeout(0.2)
                while client.process.poll() is None:
                    try:
                        one_connection(qos, seen, acknowledged)
                    except OSError:  # it has sent all, and needs no other connection
                        pass
                check('cut stream: QoS 0 comes once', len(seen) > 2 and all(
                    dups == [0] for dups in seen.values()), seen)


def full_while_holding():
    """A task that holds a message and publishes into a full outbox gets an error: nobody would ever make room."""
    listener = Listener()
    with listener.client('-q', '1', '-s', 'x', '-e', 'echo') as client, listener.accept() as connection:
        read_packet(connection)
        connection.sendall(ACCEPTED)
        for i in range(200):
            connection.sendall(publish(b'x', b'%03d' % i, 2, struct.pack('>H', i + 1)))
        check('full: the consumer goes on', client.saw('x 1 3 199'), client.out[-1:])
        check('full: it was told', client.told('no room for it now'), client.err[-1:])
        acknowledged = 0
        while acknowledged < 200:
            first, _ = read_packet(connection)
            acknowledged += first == 0x40
        check('full: each is acknowledged', acknowledged == 200)


run_all([random_bytes, damaged_before, damaged_after, truncated, silence, pings, refused_subscription, cut_stream,
         full_while_holding])

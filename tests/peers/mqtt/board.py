#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""examples/mqtt on an emulated Cortex-M3, whose UART leads to a modem, which this is, and so to mosquitto.
Prints how much memory it takes. Ends with `N passed, N failed`."""
import os
import re
import socket
import subprocess
import tempfile
import threading

from mqtt import Broker, Process, check, run_all, until

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../..'))
FLAGS = ('-std=c99 -Os -g -Wall -Wextra -Wpedantic -Wshadow -Werror -mcpu=cortex-m3 -mthumb -ffunction-sections '
         '-fdata-sections -Wl,--gc-sections -DAGEN_SHARED -DMQTT_PACKET_MAX=256 -DMQTT_OUTBOX_SIZE=512 '
         '-DMQTT_SUBSCRIPTIONS=2 -I. -Iports/cortex-m3 -Iexamples/mqtt -DSTART_BARE ports/microbit/start.c '
         '-nostartfiles -T ports/microbit/microbit.ld -Wl,--defsym,RAM_SIZE=0x4000,--defsym,STACK_SIZE=0x800').split()
SOURCES = [f'examples/mqtt/{name}.c' for name in ('board', 'client', 'outbox', 'packet')]


class Modem:
    """Dials the broker when bytes come, and hangs up at a pause and +++."""

    def __init__(self, broker):
        self.broker = broker
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.line = None
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        uart, _ = self.listener.accept()
        dead, quiet = False, True
        uart.settimeout(0.05)
        while True:
            try:
                data = uart.recv(4096)
            except TimeoutError:
                quiet = True
                continue
            except OSError:
                data = b''
            if not data:
                break
            while quiet and len(data) < 3 and b'+++'.startswith(data):
                try:
                    data += uart.recv(4096)
                except TimeoutError:
                    break
            if quiet and data.startswith(b'+++'):
                data = data[3:]
                self.hang_up()
                dead = False
            quiet = False
            if data and not self.line and not dead:
                try:
                    self.line = socket.create_connection(('127.0.0.1', self.broker))
                    threading.Thread(target=self.answer, args=(self.line, uart), daemon=True).start()
                except OSError:
                    dead = True  # until it is told to hang up
            if self.line and data:
                try:
                    self.line.sendall(data)
                except OSError:
                    pass
        self.hang_up()

    def hang_up(self):
        if self.line:
            try:
                self.line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.line.close()
        self.line = None

    @staticmethod
    def answer(line, uart):
        try:
            while data := line.recv(4096):
                uart.sendall(data)
        except OSError:
            pass


class Board(Process):
    def __init__(self, program, broker):
        self.modem = Modem(broker)
        super().__init__('qemu-system-arm', '-M', 'mps2-an385', '-kernel', program, '-display', 'none',
                         '-monitor', 'none', '-semihosting-config', 'enable=on,target=native', '-chardev',
                         f'socket,id=line,host=127.0.0.1,port={self.modem.port}', '-serial', 'chardev:line',
                         '-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console')


def ticks(subscriber):
    return [int(line.split()[-1]) for line in subscriber.out if line.startswith('board/tick')]


def board():
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, 'program')
        built = subprocess.run(['arm-none-eabi-gcc', *FLAGS, *SOURCES, '-o', program], check=False)
        if not check('the firmware is built', built.returncode == 0):
            return
        sizes = subprocess.run(['arm-none-eabi-size', '-A', program], check=True, capture_output=True, text=True).stdout
        size = {name: int(n) for name, n in re.findall(r'^(\.\w+)\s+(\d+)', sizes, re.M)}
        with Broker('persistence true', 'persistence_location FOLDER/') as broker, \
                broker.subscriber('-t', 'board/#', '-q', '1', '-c', '-i', 'them') as theirs, \
                Board(program, broker.port) as ours:
            check('board: connects', ours.saw('connected'), ours.out, ours.err)
            print(f'Cortex-M3 firmware: {size[".text"] + size[".data"]} bytes of flash, '
                  f'{size[".data"] + size[".bss"]} of RAM and a stack; {ours.out[0]}')
            check('board: publishes', until(lambda: ticks(theirs)[:3] == [0, 1, 2]), theirs.out)
            broker.publish('board/set', 'on' * 100, '-q', '1')
            check('board: subscribes', theirs.saw('board/state 1 0 ' + 'on' * 100), theirs.out)
            broker.publish('board/set', 'x' * 300, '-q', '1')
            check('board: what is too large has a name', ours.saw('larger than the buffers'), ours.out)

            count = ours.out.count('connected')
            broker.stop()
            check('board: misses the broker', ours.saw('the broker does not answer'), ours.out)
            broker.start()
            check('board: connects again', ours.saw('connected', count + 1), ours.out)
            last = max(ticks(theirs))
            check('board: goes on', until(lambda: max(ticks(theirs)) > last + 5), ticks(theirs))
            got = sorted(set(ticks(theirs)))
            check('board: no tick is lost', got == list(range(len(got))), got)
            broker.publish('board/set', 'again', '-q', '1')
            check('board: subscribes again', theirs.saw('board/state 1 0 again'), theirs.out)

            wills = theirs.out.count('board/gone 1 0 !')  # the broker has published one when it ended
            broker.publish('board/stop', '', '-q', '1')
            check('board: stops', ours.wait() == 0, ours.out, ours.err)
            with Board(program, broker.port) as other:
                other.saw('connected')
                other.kill()
                check('board: its will, and only of the one that was killed', theirs.saw('board/gone 1 0 !', wills + 1)
                      and theirs.out.count('board/gone 1 0 !') == wills + 1, theirs.out)


run_all([board])

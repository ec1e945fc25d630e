#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""The files of a folder over HTTP/1.1 with asyncio, as far as bench/http/load asks: no limits, no ranges, no time-outs.

usage: asyncio_server.py FOLDER    prints its port"""
import asyncio
import os
import sys


class Connection(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.pending = transport, b""

    def data_received(self, data):
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            head, _, self.pending = self.pending.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            try:
                file = os.open(sys.argv[1] + path, os.O_RDONLY)
            except OSError:
                self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                continue
            size = os.fstat(file).st_size
            body = os.read(file, size)
            os.close(file)
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n"
                                 b"Accept-Ranges: bytes\r\n\r\n" % size + body)


async def main():
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())

"""Ports of this machine for a test."""
import random
import socket


def hold(count, host="127.0.0.1"):
    """Sockets that listen at so many ports: close them before the ports are
    used. None is one that a connection of somebody else may get as its own
    meanwhile, as those from port 0 may."""
    held = []
    while len(held) < count:
        try:
            held.append(socket.create_server(
                (host, random.randrange(10100, 32000))))
        except OSError:
            continue
    return held

"""A name server of a few zones, for a test: UDP and TCP on loopback.

    zones = {"a.test": {"MX": [(10, "mx1.a.test"), (20, "mx2.a.test")]},
             "mx1.a.test": {"A": ["127.0.0.2"]},
             "broken.test": "SERVFAIL", "silent.test": None}

A name that is not there is NXDOMAIN, unless another lies below it."""
import socket
import socketserver
import struct
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "AAAA": 28}
NAMES = {v: k for k, v in TYPES.items()}
RCODES = {"NOERROR": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}


def encode_name(name):
    out = b""
    for label in name.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def encode_data(kind, value):
    if kind == "A":
        return socket.inet_pton(socket.AF_INET, value)
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == "MX":
        return struct.pack(">H", value[0]) + encode_name(value[1])
    return encode_name(value)


def read_question(query):
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii",
                                                               "replace"))
        at += 1 + query[at]
    kind = struct.unpack(">H", query[at + 1:at + 3])[0]
    return ".".join(labels).lower(), kind, query[12:at + 5]


class Dns:
    """Serves until stopped; zones may be changed meanwhile."""

    def __init__(self, zones):
        self.zones, self.asked = dict(zones), []
        outer = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self):
                reply = outer.answer(self.request[0], 1232)
                if reply:
                    self.request[1].sendto(reply, self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            def handle(self):
                head = self.rfile.read(2)
                while len(head) == 2:
                    query = self.rfile.read(struct.unpack(">H", head)[0])
                    reply = outer.answer(query, 65535)
                    if reply:
                        self.wfile.write(struct.pack(">H", len(reply)) + reply)
                    head = self.rfile.read(2)

        class UdpServer(socketserver.ThreadingUDPServer):
            daemon_threads = True

        class TcpServer(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        while True:  # a port that is free for both
            self.tcp = TcpServer(("127.0.0.1", 0), Tcp)
            self.port = self.tcp.server_address[1]
            try:
                self.udp = UdpServer(("127.0.0.1", self.port), Udp)
                break
            except OSError:
                self.tcp.server_close()
        for server in (self.tcp, self.udp):
            threading.Thread(target=server.serve_forever,
                             daemon=True).start()

    def stop(self):
        for server in (self.tcp, self.udp):
            server.shutdown()
            server.server_close()

    def records(self, name, kind):
        """(rcode, answers), following CNAMEs of ours."""
        out, seen = [], set()
        while True:
            zone = self.zones.get(name, {})
            if name not in self.zones and not any(
                    z.endswith("." + name) for z in self.zones):
                return (0 if out else RCODES["NXDOMAIN"]), out
            if zone is None:
                return None, []
            if isinstance(zone, str):
                return RCODES[zone], []
            if "CNAME" in zone and kind != "CNAME" and name not in seen:
                seen.add(name)
                out.append((name, "CNAME", zone["CNAME"][0]))
                name = zone["CNAME"][0]
                continue
            return 0, out + [(name, kind, v) for v in zone.get(kind, [])]

    def answer(self, query, room):
        try:
            name, kind, question = read_question(query)
        except (IndexError, struct.error):
            return None
        self.asked.append((name, NAMES.get(kind, kind)))
        rcode, records = self.records(name, NAMES.get(kind, "?"))
        if rcode is None:
            return None
        body = b""
        for owner, what, value in records:
            data = encode_data(what, value)
            body += encode_name(owner) + struct.pack(
                ">HHIH", TYPES[what], 1, 5, len(data)) + data
        soa = b""
        if not records:
            data = encode_name("ns.test") + encode_name("x.test") + \
                struct.pack(">IIIII", 1, 5, 5, 5, 1)
            soa = encode_name(name.split(".", name.count("."))[-1]) + \
                struct.pack(">HHIH", TYPES["SOA"], 1, 1, len(data)) + data
        flags = 0x8580 | rcode
        if 12 + len(question) + len(body) + len(soa) > room:
            flags, body, soa, records = flags | 0x0200, b"", b"", []
        return query[:2] + struct.pack(
            ">HHHHH", flags, 1, len(records), 1 if soa else 0, 0) + \
            question + body + soa

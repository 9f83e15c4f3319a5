"""Many messages: in through the socket for local programs, out to a server in
a process of its own that takes everything and notes when."""
import collections
import multiprocessing
import socket
import threading
import time

BATCH = 25


def text_of(number):
    """What `arrivals` knows again."""
    return b"Subject: %d\r\n\r\n" % number + b"x" * 70 + b"\r\n"


class Submitter:
    """A connection to run/submit of an instance."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")
        self.expect(b"220")
        self.sock.sendall(b"EHLO bulk.test\r\n")
        self.expect(b"250")

    def reply(self):
        while True:
            line = self.file.readline()
            if not line:
                raise OSError("connection closed")
            if line[3:4] != b"-":
                return line

    def expect(self, code):
        line = self.reply()
        if not line.startswith(code):
            raise OSError(line.decode("latin-1"))

    def send(self, messages, sender="bob@example.test"):
        """[(recipient, octets)], all in one go; as the replies come, when each
        was taken, or 0."""
        self.sock.sendall(b"".join(
            b"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nBDAT %d LAST\r\n" % (
                sender.encode(), to.encode(), len(text)) + text
            for to, text in messages))
        for _ in messages:
            last = [self.reply() for _ in range(3)][2]
            yield time.time() if last.startswith(b"250") else 0

    def close(self):
        self.sock.close()


class Load(threading.Thread):
    """Submits numbered messages until told to stop, whatever breaks."""

    def __init__(self, path, first, address="u{}@far.test"):
        super().__init__(daemon=True)
        self.path, self.next, self.address = path, first, address
        self.acked, self.going = {}, True  # number: when
        self.took = {}                     # number: seconds until then

    def run(self):
        while self.going:
            try:
                client = Submitter(self.path)
                while self.going:
                    self.batch(client)
            except OSError:
                time.sleep(0.02)

    def batch(self, client):
        numbers = range(self.next, self.next + BATCH)
        self.next += BATCH
        began = time.time()
        taken = client.send([(self.address.format(n), text_of(n))
                             for n in numbers])
        for n, at in zip(numbers, taken):
            if at:
                self.acked[n], self.took[n] = at, at - began


def arrivals(path):
    """{number: [when, ...]} of a BulkSink with that path."""
    got = collections.defaultdict(list)
    with open(path, encoding="ascii") as f:
        for line in f:
            at, number = line.split()
            got[int(number)].append(float(at))
    return got


def drain(server, seconds=180):
    """Wait until nothing is in the queue."""
    end = time.time() + seconds
    while int(server.verb("queue")) > 0:
        assert time.time() < end, server.ctl("queue", "summary").stdout
        time.sleep(0.2)


def _talk(conn, note):
    conn.sendall(b"220 sink.test ESMTP\r\n")
    data, text = b"", False
    while True:
        got = conn.recv(262144)
        if not got:
            return
        data += got
        out = []
        while True:
            if text:
                end = data.find(b"\r\n.\r\n")
                if end < 0:
                    break
                note(data[:end])
                data, text = data[end + 5:], False
                out.append(b"250 2.0.0 taken\r\n")
                continue
            end = data.find(b"\r\n")
            if end < 0:
                break
            line, data = data[:end].upper(), data[end + 2:]
            if line.startswith(b"EHLO"):
                out.append(b"250-sink.test\r\n250-PIPELINING\r\n"
                           b"250-8BITMIME\r\n250 SIZE 0\r\n")
            elif line.startswith(b"DATA"):
                text = True
                out.append(b"354 go\r\n")
            elif line.startswith(b"QUIT"):
                conn.sendall(b"".join(out) + b"221 2.0.0 bye\r\n")
                return
            else:
                out.append(b"250 2.0.0 ok\r\n")
        if out:
            conn.sendall(b"".join(out))


def _serve(listener, count, path):
    log = open(path, "a", encoding="ascii") if path else None
    lock = threading.Lock()

    def note(message):
        with lock:
            count.value += 1
            if log:
                subject = message.split(b"Subject: ", 1)[1]
                log.write("%f %s\n" % (
                    time.time(), subject.split(b"\r\n", 1)[0].decode()))
                log.flush()

    def serve(conn):
        try:
            _talk(conn, note)
        except OSError:
            pass
        conn.close()

    while True:
        conn, _ = listener.accept()
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


class BulkSink:
    """Counts messages; with path, a line "TIME SUBJECT" for each."""

    def __init__(self, path=None, listen=True):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.count = multiprocessing.Value("l", 0, lock=False)
        self.path = path
        if listen:
            self.open()

    def open(self):
        """Until now connections are refused."""
        self.listener.listen(512)
        multiprocessing.Process(
            target=_serve, args=(self.listener, self.count, self.path),
            daemon=True).start()

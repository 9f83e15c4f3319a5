"""An SMTP server that does what a test tells it to: takes mail, refuses it,
falls silent, hangs up. Everything it saw is kept."""
import os
import random
import socket
import ssl
import threading
import time


class Mail:
    """One message that was taken."""

    def __init__(self, session, sender, params, rcpts, data):
        self.session, self.sender, self.params = session, sender, params
        self.rcpts, self.data = rcpts, data
        self.at = time.time()

    def header(self, name):
        head = self.data.split(b"\r\n\r\n", 1)[0] + b"\r\n"
        for line in head.replace(b"\r\n ", b" ").replace(
                b"\r\n\t", b" ").split(b"\r\n"):
            if line.lower().startswith(name.lower().encode() + b":"):
                return line.split(b":", 1)[1].strip().decode("utf-8",
                                                             "replace")
        return None


class Gone(Exception):
    """The connection ends here."""


class Session(threading.Thread):
    """One connection."""

    def __init__(self, sink, conn, number):
        super().__init__(daemon=True)
        self.sink, self.conn, self.number = sink, conn, number
        self.file = conn.makefile("rb")
        self.helo, self.tls, self.commands, self.mails = "", False, [], 0
        self.user = None

    def say(self, text):
        """A line; or octets of hostile tests, written in latin-1, as they are
        when they end a line themselves."""
        octets = text.encode("latin-1")
        self.conn.sendall(octets if octets.endswith(b"\r\n")
                          else octets + b"\r\n")

    def line(self):
        got = self.file.readline(70000)
        if not got.endswith(b"\n"):
            raise Gone()
        return got.rstrip(b"\r\n").decode("utf-8", "replace")

    def run(self):
        try:
            self.talk()
        except (Gone, OSError, ValueError, ssl.SSLError):
            pass
        finally:
            for end in (lambda: self.conn.shutdown(socket.SHUT_RDWR),
                        self.file.close, self.conn.close):
                try:
                    end()
                except (OSError, ValueError):
                    pass
            self.sink.ended(self)

    def act(self, place, key, default):
        """What the test wants said here; may hang up or wait."""
        action = self.sink.action(place, key)
        if callable(action):
            action = action(self, key)
        if action is None:
            return default
        if action == "drop":
            raise Gone()
        if isinstance(action, tuple):  # ("sleep", seconds, what then)
            time.sleep(action[1])
            return self.act_after(action[2:], default)
        return action

    @staticmethod
    def act_after(rest, default):
        if rest and rest[0] == "drop":
            raise Gone()
        return rest[0] if rest else default

    def talk(self):
        banner = self.act("banner", "", "220 sink.test ESMTP")
        self.say(banner)
        if not banner.startswith("220"):
            raise Gone()
        sender, params, rcpts = None, "", []
        while True:
            line = self.line()
            self.commands.append(line)
            verb = line.split(" ", 1)[0].upper()
            if verb in ("EHLO", "HELO"):
                self.helo = line
                self.hello(verb)
                sender, rcpts = None, []
            elif verb == "STARTTLS" and self.sink.tls and not self.tls:
                reply = self.act("starttls", "", "220 go")
                self.say(reply)
                if reply.startswith("220"):
                    self.conn = self.sink.tls.wrap_socket(
                        self.conn, server_side=True)
                    self.file = self.conn.makefile("rb")
                    self.tls = True
            elif verb == "AUTH":
                self.auth(line)
            elif verb == "MAIL":
                reply = self.act("mail", "", "250 2.1.0 ok")
                self.say(reply)
                if reply.startswith("2"):
                    path, _, params = line[10:].partition(" ")
                    sender, rcpts = path.strip("<>"), []
            elif verb == "RCPT":
                path, _, rparams = line[8:].partition(" ")
                address = path.strip("<>")
                reply = self.act("rcpt", address, "250 2.1.5 ok")
                self.say(reply)
                if reply.startswith("2"):
                    rcpts.append((address, rparams))
            elif verb == "DATA":
                self.data(sender, params, rcpts)
                sender, rcpts = None, []
            elif verb == "RSET":
                sender, rcpts = None, []
                self.say("250 2.0.0 ok")
            elif verb == "QUIT":
                self.say(self.act("quit", "", "221 2.0.0 bye"))
                raise Gone()
            elif verb == "NOOP":
                self.say("250 2.0.0 ok")
            else:
                self.say("502 5.5.1 what?")

    def hello(self, verb):
        reply = self.act(verb.lower(), "", None)
        if reply is not None:
            self.say(reply)
            return
        if verb == "HELO":
            self.say("250 sink.test")
            return
        words = ["sink.test"] + [k for k in self.sink.keywords
                                 if k != "STARTTLS" or
                                 (self.sink.tls and not self.tls)]
        self.say("\r\n".join("250" + ("-" if i < len(words) - 1 else " ") + w
                             for i, w in enumerate(words)))

    def auth(self, line):
        import base64
        words = line.split()
        if len(words) < 3:
            self.say("334 ")
            words.append(self.line())
        _, user, password = base64.b64decode(words[2]).decode().split("\0")
        good = self.sink.logins.get(user) == password
        self.user = user if good else None
        self.say("235 2.7.0 ok" if good else "535 5.7.8 wrong")

    def data(self, sender, params, rcpts):
        key = rcpts[0][0] if rcpts else ""
        reply = self.act("data", key, "354 go" if rcpts else
                         "554 5.5.1 no valid recipients")
        self.say(reply)
        if not reply.startswith("354"):
            return
        lines = []
        while True:
            got = self.file.readline(200000)
            if not got:
                raise Gone()
            if got == b".\r\n":
                break
            lines.append(got[1:] if got.startswith(b".") else got)
        mail = Mail(self, sender, params, rcpts, b"".join(lines))
        self.sink.saw(mail)
        reply = self.act("eod", key, "250 2.0.0 taken")
        taken = reply.startswith("2")
        if taken:
            self.mails += 1
            self.sink.took(mail)
        self.say(reply)
        if self.sink.action("after", key) == "drop":
            raise Gone()


class Sink:
    """Listens on addresses of this machine, all on one port."""

    KEYWORDS = ("PIPELINING", "SIZE 52428800", "8BITMIME", "STARTTLS",
                "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8")

    def __init__(self, hosts=("127.0.0.1",), port=0, keywords=KEYWORDS,
                 tls=None, logins=None):
        self.hosts, self.port = hosts, port
        self.keywords, self.tls = list(keywords), tls
        self.logins = logins or {}
        self.lock = threading.Condition()
        self.reset()
        self.socks, self.live = [], set()
        self.up()

    def reset(self):
        """Forget scripts and mail."""
        with self.lock:
            self.mails, self.seen, self.sessions = [], [], []
            self.scripts, self.hits = {}, []

    def up(self):
        while True:
            port = self.port or random.randrange(10100, 32000)
            try:
                self.listen(port)
                break
            except OSError:
                for s in self.socks:
                    s.close()
                self.socks = []
                if self.port:
                    raise
        self.port = port
        for s, host in zip(self.socks, self.hosts):
            threading.Thread(target=self.accept, args=(s, host),
                             daemon=True).start()

    def listen(self, port):
        """Everywhere at one port, which no connection gets as its own while we
        are away."""
        for host in self.hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self.socks.append(socket.socket(family))
            self.socks[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socks[-1].bind((host, port))
            self.socks[-1].listen(512)

    def down(self):
        """Be away: refuse connections, end those that are there."""
        for s in self.socks:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
        self.socks = []
        for session in list(self.live):
            try:
                session.conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept(self, s, host):
        while True:
            try:
                conn, _ = s.accept()
            except OSError:
                return
            conn.settimeout(120)
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                session = Session(self, conn, len(self.sessions))
                session.host = host
                self.sessions.append(session)
                self.live.add(session)
                self.hits.append((time.time(), host))
            session.start()

    def ended(self, session):
        self.live.discard(session)

    def script(self, place, actions, key=None):
        """At banner, ehlo, helo, starttls, mail, rcpt, data, eod, after, quit:
        a list of actions, used up one by one, or one action for ever. key:
        only for this address, or a domain ("@x.test")."""
        with self.lock:
            self.scripts[place, key] = actions

    def action(self, place, key):
        with self.lock:
            for k in (key, "@" + key.partition("@")[2], None):
                actions = self.scripts.get((place, k))
                if isinstance(actions, list):
                    if actions:
                        return actions.pop(0)
                elif actions is not None:
                    return actions
        return None

    def saw(self, mail):
        with self.lock:
            self.seen.append(mail)
            self.lock.notify_all()

    def took(self, mail):
        with self.lock:
            self.mails.append(mail)
            self.lock.notify_all()

    def wait(self, want, seconds=30):
        """The mails for which want(mail) holds, at least one, in time."""
        end = time.time() + seconds
        with self.lock:
            while True:
                got = [m for m in self.mails if want(m)]
                if got or time.time() >= end:
                    return got
                self.lock.wait(max(0.05, end - time.time()))

    def wait_token(self, token, count=1, seconds=60):
        end = time.time() + seconds
        while True:
            with self.lock:
                got = [m for m in self.mails if token.encode() in m.data]
            if len(got) >= count or time.time() >= end:
                return got
            time.sleep(0.05)


def server_tls(folder):
    """The certificate of an instance, for a sink that offers STARTTLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "tls", "fullchain.pem"),
                            os.path.join(folder, "tls", "server.key"))
    return context

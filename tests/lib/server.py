"""One instance of the server for a test, through the driver tests/instance."""
import os
import poplib
import shutil
import smtplib
import ssl
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
DRIVER = os.path.join(TOP, "tests", "instance")


class Server:
    """A fresh instance in a folder of its own; use it as a context."""

    def __init__(self, folder=None):
        self.own = folder is None
        self.dir = folder or tempfile.mkdtemp(prefix="restante-test-")
        os.chmod(self.dir, 0o755)
        self.env = {}

    def __enter__(self):
        self.verb("up", timeout=900)
        with open(os.path.join(self.dir, "env"), encoding="utf-8") as f:
            for line in f:
                key, value = line.rstrip("\n").split("=", 1)
                self.env[key] = value.strip("'")
        return self

    def __exit__(self, *_):
        self.verb("down", check=False)
        self.verb("kill", check=False)
        if self.own and not os.environ.get("KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def verb(self, name, *args, check=True, timeout=120):
        done = subprocess.run([DRIVER, name, self.dir, *args], text=True,
                              capture_output=True, timeout=timeout, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
        return done.stdout

    def command(self, *args):
        """The command line on this instance, for subprocess."""
        program = os.environ.get("RESTANTE") or os.path.join(
            os.environ.get("BUILD", os.path.join(TOP, "build")), "restante")
        return [program, "-c", os.path.join(self.dir, "restante.conf"), *args]

    def ctl(self, *args, stdin=None, check=True):
        """Run it, with text in and out."""
        done = subprocess.run(self.command(*args), text=True, input=stdin,
                              capture_output=True, timeout=120, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{args}: {done.stdout}{done.stderr}")
        return done

    def port(self, name):
        return int(self.env[name + "_PORT"])

    def tls(self):
        return ssl.create_default_context(cafile=self.env["CA_FILE"])

    def log(self):
        with open(os.path.join(self.dir, "log", "restante.log"),
                  encoding="utf-8", errors="replace") as f:
            return f.read()

    def send(self, message, to, sender="ann@remote.test", timeout=30):
        """Over port 25, as the world does."""
        with smtplib.SMTP("localhost", self.port("SMTP"), timeout=timeout) as s:
            return s.sendmail(sender, to, message)

    def pop(self, user, password=None, timeout=30):
        box = poplib.POP3("localhost", self.port("POP3"), timeout=timeout)
        box.user(f"{user}@example.test")
        box.pass_(password or f"{user}-secret")
        return box

    def fetch(self, user, password=None, delete=False):
        """All messages of a mailbox as octets, newest last."""
        box = self.pop(user, password)
        count = box.stat()[0]
        got = []
        for n in range(1, count + 1):
            got.append(b"\r\n".join(box.retr(n)[1]) + b"\r\n")
            if delete:
                box.dele(n)
        box.quit()
        return got


def body_of(message):
    """What is behind the header of a fetched message."""
    return message.split(b"\r\n\r\n", 1)[1]

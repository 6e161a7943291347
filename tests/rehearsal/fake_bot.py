"""A child that speaks the control channel and nothing else; `BOT_FAKE` says how it misbehaves."""

import json
import os
import sys

manner = os.environ.get("BOT_FAKE", "")
if manner == "exit":
    sys.stderr.write("no such setting\n")
    sys.exit(3)


def tell(**document: object) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


first = json.loads(sys.stdin.readline()) if manner == "clock" else None
sys.stdout.write("a word printed instead of logged\n")
tell(timeline={"what": "fact", "name": "Started", "fields": {"first": first, "port": os.environ["BOT_PORT"]}})
tell(ready=True, port=int(os.environ["BOT_PORT"]))
for line in sys.stdin:
    command = json.loads(line)
    match command["do"]:
        case "stop":
            break
        case "die":
            os._exit(9)
        case "refuse":
            tell(error="unknown command", id=command["id"])
        case _:
            tell(pid=os.getpid(), did=command["do"], id=command["id"])

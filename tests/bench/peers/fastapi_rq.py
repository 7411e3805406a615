# mypy: disable-error-code="import-not-found, untyped-decorator"
# (the peers have a virtual environment of their own)
"""FastAPI and RQ, the predecessor of this design: python fastapi_rq.py PORT REDIS_URL SECRET

https://fastapi.tiangolo.com/tutorial/header-params/, https://python-rq.org/docs/. RQ is synchronous, so the endpoint is
a plain function, which FastAPI runs in its threads. An update is parsed with aiogram's models, as the bot needs it.
"""

import secrets
import sys
from typing import Annotated

import uvicorn
from aiogram.types import Update
from fastapi import FastAPI, Header, HTTPException
from redis import Redis
from rq import Queue

_, PORT, REDIS_URL, SECRET = sys.argv
SEEN_SECONDS = 48 * 3600

redis = Redis.from_url(REDIS_URL)
queue = Queue("updates", connection=redis)
app = FastAPI()


@app.post("/telegram/webhook")
def receive_update(
    update: Update, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
) -> dict[str, bool]:
    if not secrets.compare_digest(x_telegram_bot_api_secret_token, SECRET):
        raise HTTPException(401)
    if redis.set(f"seen:{update.update_id}", 1, nx=True, ex=SEEN_SECONDS):
        queue.enqueue("bot.handle", update.model_dump(mode="json", exclude_none=True))
    return {"ok": True}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(PORT), log_level="warning", access_log=False)

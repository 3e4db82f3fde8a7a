"""Stands in for LiteLLM, which the tests cannot install: one model that answers at once, and callbacks with the signature
that https://docs.litellm.ai/docs/observability/custom_callback documents."""

import asyncio
import time
from datetime import datetime

callbacks = []
# What the next calls answer with; a dict of the response's fields, or an exception to be raised.
next_answer = None


class Response:
    """As much of a response as callbacks are handed: a model that can be dumped."""

    def __init__(self, fields):
        self.fields = fields

    def model_dump(self):
        return self.fields


def completion(model, messages, **options):
    started = datetime.now()
    kwargs, answer = _call(model, messages, options)
    for callback in callbacks:
        if isinstance(answer, Exception):
            callback.log_failure_event({**kwargs, "exception": answer}, None, started, datetime.now())
        else:
            callback.log_success_event(kwargs, answer, started, datetime.now())
    if isinstance(answer, Exception):
        raise answer
    return answer


async def acompletion(model, messages, **options):
    started = datetime.now()
    await asyncio.sleep(0)
    kwargs, answer = _call(model, messages, options)
    for callback in callbacks:
        if isinstance(answer, Exception):
            await callback.async_log_failure_event({**kwargs, "exception": answer}, None, started, datetime.now())
        else:
            await callback.async_log_success_event(kwargs, answer, started, datetime.now())
    if isinstance(answer, Exception):
        raise answer
    return answer


def _call(model, messages, options):
    provider, _, name = model.rpartition("/")
    kwargs = {
        "model": name,
        "messages": messages,
        "optional_params": options,
        "litellm_params": {"custom_llm_provider": provider or "openai"},
        "litellm_call_id": "call-of-litellm",
        "call_type": "completion",
        "cache_hit": False,
    }
    if isinstance(next_answer, Exception):
        return kwargs, next_answer
    fields = next_answer or {
        "id": "chatcmpl-litellm",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    }
    return kwargs, Response(fields)

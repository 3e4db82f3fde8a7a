"""The base class of callbacks, in the place where LiteLLM has it."""


class CustomLogger:
    def __init__(self, **kwargs):
        pass

"""The Bot Framework edge: the inbound front, the turn of the SDK's handler, the outbound connector client.

Nothing outside this package imports botbuilder (architecture decision 1; docs/decisions/0003-inbound-front.md).
"""

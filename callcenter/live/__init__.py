"""What is happening now: facts become a picture of each hotline, and the picture reaches every screen.

:mod:`callcenter.live.board` is pure; :mod:`callcenter.live.feed` is its asyncio shell.
"""

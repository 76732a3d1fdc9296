"""What `./dev demo` is made of: a terminal in the part of the editor.

projects.py      which source, which interpreter: what there is to show
wire.py          a real LSP client that keeps every message, both ways
page.py          the renderer: messages in, lines of text out. It sees nothing but messages
palette.py       colours, and the absence of them
terminal.py      the full screen, drawn again when something changed
show.py          puts these together around one run of the tests
"""

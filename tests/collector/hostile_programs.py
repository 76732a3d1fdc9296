"""Programs that do what programs seldom do, by what each of them does. `mod.call(i)` calls the i-th of many functions,
`late.f` is one of another module, and `range(1200)` of them are more than fit into the first chunk of a log."""

from __future__ import annotations

import sys

PROGRAMS = {
    "closes all descriptors": """
        import os, mod
        os.closerange(3, 4096)
        kept = [os.open('/dev/null', os.O_RDONLY) for _ in range(40)]
        for i in range(200): mod.call(i)
        print([os.read(each, 1) for each in kept] == [b''] * 40)
        """,
    "has all descriptors in use": """
        import mod, os, resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (60, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        def fill():
            try:
                while True: os.dup(0)
            except OSError as error: print(error)
        fill()
        for i in range(1200): mod.call(i)
        fill()
        print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        """,
    "has a file in the place of standard error": """
        import mod, os, resource
        os.close(2)
        theirs = open('theirs.txt', 'w+')
        assert theirs.fileno() == 2
        resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))
        for i in range(1200): mod.call(i)
        theirs.seek(0)
        print(repr(theirs.read()))
        """,
    "wants to be killed by SIGXFSZ": """
        import mod, resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))
        for i in range(1200): mod.call(i)
        print('done')
        """,
    "forks in threads": """
        import mod, os, threading, warnings
        warnings.simplefilter('ignore')
        def work(k):
            for i in range(20):
                pid = os.fork()
                if pid == 0:
                    mod.call(i)
                    os._exit(7)
                mod.call(i + k)
                assert os.waitpid(pid, 0)[1] == 7 << 8
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print('done')
        """,
    "frees every tool": """
        import mod, sys
        mod.call(0)
        for tool in range(6): sys.monitoring.free_tool_id(tool)
        for i in range(300): mod.call(i)
        import late
        print(late.f(1))
        """,
    "clears every tool": """
        import mod, sys
        mod.call(0)
        for tool in range(6):
            try: sys.monitoring.clear_tool_id(tool)
            except (AttributeError, ValueError): pass
        for i in range(300): mod.call(i)
        import late
        print(late.f(1))
        """,
    "takes a tool that was freed": """
        import mod, sys
        mod.call(0)
        monitoring, seen = sys.monitoring, []
        def noticed(code, *what):
            if code.co_filename.endswith('late.py'): seen.append(what)
        for tool in range(6): monitoring.free_tool_id(tool)
        for tool in range(6):
            monitoring.use_tool_id(tool, 'theirs')
            for event in (monitoring.events.LINE, monitoring.events.PY_START, monitoring.events.BRANCH):
                monitoring.register_callback(tool, event, noticed)
        import late
        for i in range(20): mod.call(i), late.f(i)
        print(seen, [monitoring.get_local_events(tool, late.f.__code__) for tool in range(6)])
        """,
    "takes the tool that we have": """
        import mod, sys, late
        monitoring, seen = sys.monitoring, []
        monitoring.use_tool_id(4, 'theirs')
        monitoring.register_callback(4, monitoring.events.LINE, lambda code, line: seen.append(line))
        print([mod.call(i) for i in range(9)], monitoring.get_events(4), monitoring.get_tool(4))
        monitoring.set_local_events(4, late.f.__code__, monitoring.events.LINE)
        late.f(0), late.f(1)
        print(seen, monitoring.get_local_events(4, mod.f1.__code__), monitoring.get_local_events(3, late.f.__code__) * 0)
        print(monitoring.use_tool_id.__doc__, monitoring.use_tool_id.__module__, monitoring.use_tool_id)
        for wrong in ((), (4, 'again'), (7, 'seven'), (4, 5), (4.0, 'four')):
            try: monitoring.use_tool_id(*wrong)
            except Exception as error: print(type(error), error)
        """,
    "takes all tools": """
        import mod, sys
        mod.call(1)
        for tool in range(6): sys.monitoring.use_tool_id(tool, f'theirs {tool}')
        print([sys.monitoring.get_tool(tool) for tool in range(6)], mod.call(1), mod.call(2))
        import late
        print(late.f(1))
        """,
    "watches each of its tools' events": """
        import mod, sys
        monitoring, seen = sys.monitoring, []
        monitoring.use_tool_id(2, 'theirs')
        monitoring.register_callback(2, monitoring.events.LINE, lambda code, line: seen.append((code.co_name, line)))
        monitoring.set_local_events(2, mod.f1.__code__, monitoring.events.LINE)
        for i in range(5):
            mod.call(1)
            monitoring.restart_events()
        print(seen)
        """,
    "has a callback that raises": """
        import mod, sys
        monitoring = sys.monitoring
        monitoring.use_tool_id(2, 'theirs')
        def refuse(*arguments): raise ValueError('no')
        monitoring.register_callback(2, monitoring.events.PY_START, refuse)
        monitoring.set_local_events(2, mod.f1.__code__, monitoring.events.PY_START)
        for i in range(3):
            try: print(mod.call(i))
            except ValueError as error: print(error)
        """,
    "traces itself": """
        import sys, mod
        seen = []
        def trace(frame, event, argument):
            if frame.f_code.co_filename.endswith('late.py'):
                seen.append((frame.f_code.co_name, frame.f_lineno, event))
            return trace
        sys.settrace(trace)
        import late
        late.f(0), late.f(1)
        sys.settrace(None)
        late.f(1)
        print(seen)
        """,
    "traces what it imported before": """
        import sys, late
        seen = []
        def trace(frame, event, argument):
            if frame.f_code.co_filename.endswith('late.py'): seen.append((event, frame.f_lineno))
            return trace
        sys.settrace(trace)
        late.f(0), late.f(1)
        sys.settrace(None)
        print(seen)
        print(sys.settrace.__doc__, sys.settrace.__text_signature__, sys.settrace.__module__, sys.settrace)
        try: sys.settrace()
        except TypeError as error: print(error)
        """,
    "profiles itself": """
        import sys, mod
        seen = []
        def profile(frame, event, argument):
            if not frame.f_code.co_filename.startswith('<'):
                seen.append((frame.f_code.co_name, event, getattr(argument, '__name__', None)))
        sys.setprofile(profile)
        mod.call(1)
        exec('x = 1')
        sys.setprofile(None)
        print(seen)
        """,
    "freezes the garbage": """
        import gc, mod
        gc.collect(), gc.freeze()
        for i in range(300): mod.call(i)
        gc.unfreeze(), gc.collect()
        gc.set_threshold(1)
        for i in range(300): mod.call(i)
        print('done')
        """,
    "leaves at once": """
        import mod, os
        mod.call(1)
        os.write(1, b'gone')
        os._exit(5)
        """,
    "deletes the folder, again and again": """
        import mod, shutil
        for i in range(1200):
            if i % 100 == 0: shutil.rmtree('.branchlight', ignore_errors=True)
            mod.call(i)
        print('done')
        """,
    "has the folder turned into a file": """
        import mod, shutil
        mod.call(0)
        shutil.rmtree('.branchlight', ignore_errors=True)
        open('.branchlight', 'w').close()
        for i in range(1200): mod.call(i)
        print('done')
        """,
    "goes elsewhere": """
        import mod, os
        os.mkdir('elsewhere'), os.chdir('elsewhere')
        for i in range(1200): mod.call(i)
        os.rmdir('../elsewhere')
        import late
        print(late.f(1))
        """,
    "is changed while it runs": """
        import mod
        text = open(mod.__file__).read()
        open(mod.__file__, 'w').write('# ' + text)
        for i in range(300): mod.call(i)
        open('late.py', 'w').write('def f(x):\\n    while x:\\n        return 3\\n')
        import late, importlib, os, shutil
        print(late.f(1))
        open('late.py', 'w').write('def f(x):\\n\\n    if x:\\n        return 44\\n')
        shutil.rmtree('__pycache__', ignore_errors=True)
        importlib.invalidate_caches()
        print(importlib.reload(late).f(1))
        os.unlink('late.py')
        print(late.f(1))
        """,
    "plays with sys.modules": """
        import sys, mod
        for name in list(sys.modules):
            if name not in ('sys', 'builtins', '__main__'): del sys.modules[name]
        for i in range(300): mod.call(i)
        import late
        print(late.f(1), sys.modules['late'] is late)
        sys.modules.clear()
        print(mod.call(1))
        """,
    "has other builtins": """
        import builtins, mod
        kept = builtins.exec
        builtins.exec = None
        builtins.exec = lambda *arguments, **options: kept(*arguments, **options)
        import late
        print(late.f(1))
        del builtins.exec
        print(mod.call(1))
        builtins.exec = kept
        exec('print(1)', {'__builtins__': {'print': print}})
        """,
    "goes deep": """
        import mod, sys
        def down(n):
            try: return down(n + 1)
            except RecursionError: return n
        print(down(0))
        def down_and_call(n):
            if n: return down_and_call(n - 1)
            try: return mod.call(5)
            except RecursionError: return 'too deep'
        print([down_and_call(n) for n in range(sys.getrecursionlimit() - 10, sys.getrecursionlimit())])
        """,
    "goes deep in C": """
        import sys
        class Deep:
            def __init__(self, n): self.n = n
            def __repr__(self): return repr(Deep(self.n - 1)) if self.n else 'end'
        def reaches(n):
            try: return repr(Deep(n))
            except RecursionError: return 'too deep'
        print(next(n for n in range(100, 10_000) if reaches(n) == 'too deep'))
        """,
    "imports deep down": """
        import sys
        def down(n):
            if n: return down(n - 1)
            import late
            return late.f(1)
        for room in range(30, 120, 3):
            try: print(down(sys.getrecursionlimit() - room)); break
            except RecursionError: sys.modules.pop('late', None)
        """,
    "lives in threads with small stacks": """
        import threading, mod
        threading.stack_size(128 * 1024)
        def work():
            for i in range(300): mod.call(i)
            import late
            print(late.f(1))
        thread = threading.Thread(target=work)
        thread.start(), thread.join()
        """,
    "has little memory": """
        import resource, mod
        pages = int(open('/proc/self/statm').read().split()[0])
        limit = pages * resource.getpagesize() + 20_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        for i in range(300): mod.call(i)
        import late
        print(late.f(1))
        try: bytearray(50_000_000)
        except MemoryError: print('no memory')
        print(mod.call(1))
        """,
    "refuses by an audit hook": """
        import sys, mod
        def refuse(event, arguments):
            if event in ('compile', 'marshal.loads', 'marshal.dumps', 'exec', 'object.__getattr__') and not allowed:
                raise RuntimeError(event)
        allowed = True
        sys.addaudithook(refuse)
        allowed = False
        for i in range(300): mod.call(i)
        allowed = True
        import late
        print(late.f(1))
        """,
    "masks everything": """
        import os, mod
        os.umask(0o777)
        pid = os.fork()
        for i in range(1200): mod.call(i)
        if pid == 0: os._exit(0)
        print(os.waitpid(pid, 0)[1])
        """,
    "runs other interpreters": """
        import sys, threading, mod
        mod.call(1)
        code = 'import mod, late; assert (mod.call(3), late.f(1)) == (3, 11)'
        if sys.version_info >= (3, 14):
            from concurrent import interpreters
            def run():
                for _ in range(3):
                    other = interpreters.create()
                    other.exec(code), other.close()
        else:
            try: import _interpreters as interpreters
            except ImportError: import _xxsubinterpreters as interpreters
            def run():
                for _ in range(3):
                    other = interpreters.create()
                    interpreters.run_string(other, code), interpreters.destroy(other)
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads: thread.start()
        for i in range(300): mod.call(i)
        for thread in threads: thread.join()
        import late
        print(late.f(1))
        """,
    "names what cannot be named": """
        import sys, types
        import mod
        code = mod.f1.__code__.replace(co_name='\\udcff', co_qualname='\\udcff', co_filename='\\udcff.py')
        print(types.FunctionType(code, {})(1))
        exec(compile('x = 1', '\\udcff.py', 'exec'))
        exec(compile('x = 1', 'a' * 10_000 + '.py', 'exec'))
        exec(compile('x = 1', __file__, 'exec').replace(co_filename='\\0'))
        exec(compile('def f():\\n    if 1 < x: pass\\n', __file__, 'exec').replace(co_firstlineno=2**31 - 1))
        """,
    "has modules named as the library's": """
        import mod
        for i in range(3): mod.call(i)
        import late
        print(late.f(1))
        """,
    "has a loader of its own": """
        import importlib.abc, importlib.util, sys, mod
        class Loader(importlib.abc.SourceLoader):
            def get_filename(self, name): return __file__.replace('prog', name)
            def get_data(self, path): return b'def f(x):\\n    if x:\\n        return 5\\n'
            def __eq__(self, other): raise ValueError('not to be compared')
            __hash__ = None
        class Finder:
            def find_spec(self, name, path, target=None):
                if name in ('late', 'none'): return importlib.util.spec_from_loader(name, Loader())
        sys.meta_path.insert(0, Finder())
        import late, none
        print(late.f(1), none.f(1))
        """,
    "runs in namespaces of its own": """
        import sys, mod
        class Namespace(dict):
            def __getitem__(self, key): return dict.__getitem__(self, key)
            def __missing__(self, key): raise KeyError(key)
        class Name(str):
            def __eq__(self, other): raise ValueError('not to be compared')
            __hash__ = str.__hash__
        space = Namespace({'x': 1})
        exec(compile('y = x', __file__, 'exec'), space)
        odd = {Name('__name__'): 1}
        try: exec(compile('y = 1', __file__, 'exec'), odd)
        except ValueError as error: print(error)
        print(space['y'])
        """,
}

FUNCTION = "def f{i}(a):\n    if a % 2:\n        return {i}\n    return a\n"
LATE = "def f(x):\n    if x:\n        return 11\n    # nothing\n    return 2\n"


def write(workspace, name: str) -> None:
    """The program, and the modules that it imports."""
    count = 1200 if "range(1200)" in PROGRAMS[name] else 300
    parts = range(0, count, 100)
    for first in parts:
        workspace.write(f"part{first}.py", "".join(FUNCTION.format(i=i) for i in range(first, first + 100)))
    names = "".join(f"import part{first}\n" for first in parts)
    call = "def call(i):\n    return getattr(PARTS[i // 100], f'f{i}')(i)\n"
    parts = "PARTS = [" + ", ".join(f"part{first}" for first in parts) + "]\nf1 = part0.f1\n"
    workspace.write("mod.py", names + parts + call)
    workspace.write("late.py", LATE)
    if "library" in name:
        for shadow in sys.stdlib_module_names:
            workspace.write(f"{shadow}.py", f"print('mine: {shadow}')\n")
    workspace.write("prog.py", PROGRAMS[name])

"""Where values go: import resolution, abstract values, the interpreter, and the record of every use."""

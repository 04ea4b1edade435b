"""What the tools whose migrations are JavaScript or TypeScript have in common.

`reading` has the files read and kept, and makes the project of them; `walks` goes through their
functions; `modules` follows imports to other files, `node` knows what Node gives; `literals` writes
names and values as SQL; `rewriting` and `calls` write fixes.
"""

"""The commands, one file per noun, loaded when used; each value is named in idp.cli.program."""

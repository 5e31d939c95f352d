"""What a request goes through, one function each: accept, explain, decide, cancel, permit, extend, expire."""

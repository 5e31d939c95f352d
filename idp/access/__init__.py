"""Who is asking, what they may do, who must agree. Pure, but for the local issuer's key file."""

"""What stands between the socket and a route: request ids, keys, limits, bodies, errors, figures and logs."""

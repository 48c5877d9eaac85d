"""Custom components: this file makes the folder a package, so that the tests can import it."""

"""The door for messaging platforms: webhooks in, sends out, and the web chat of our own."""

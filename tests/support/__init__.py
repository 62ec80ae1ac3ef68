"""What the checkpoint tests lean on. It is in every tag, so it never imports the course tool."""

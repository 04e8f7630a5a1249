"""The wire: AMI bytes to typed events. Nothing here knows what a call is."""

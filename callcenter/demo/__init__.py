"""A hotline to look at: traffic made from a real PBX's recordings, played over AMI."""

"""What an answer must be, alone and beside others."""

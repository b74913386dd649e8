"""Pictures for reading text: frames of files at full size, sampled where there are many, and the small ones inside."""

"""The sub-commands, a file for each part of the job."""

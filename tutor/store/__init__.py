"""Where things live on disk: folders, the progress database, run folders."""

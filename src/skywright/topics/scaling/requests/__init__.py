"""What workloads of clusters should ask for, by what they used over time."""

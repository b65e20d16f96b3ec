"""What things cost here: `make bench` measures, prints, and writes the file that the book's page of benchmarks reads.

Attention over blocks of keys against the plain form and against PyTorch's own, in time and in memory; and how fast each
check answers. No test depends on a time.
"""

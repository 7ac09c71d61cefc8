/*
 * How the C library keeps memory that is not used.
 */
#ifndef PRIVSEP_MEMORY_H
#define PRIVSEP_MEMORY_H

/*
 * First of all: what is large comes from the kernel as zeros and goes back to
 * it, so that tables cost what is written to them.
 */
void	memory_begin(void);
/*
 * After the work of the start: what is free goes back to the kernel, and so
 * does what is in files and was looked at for the start only.
 */
void	memory_trim(void);

#endif

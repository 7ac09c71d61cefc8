/*
 * MACs by libcrypto, for a keyring.  Linked only into the executables of the
 * processes that were given keys: a main.c that can do without it names
 * mac_libcrypto weakly, and looks whether it is there.
 */
#ifndef COMMON_MAC_H
#define COMMON_MAC_H

#include "common/keyring.h"

extern const struct keyring_ops mac_libcrypto;

#endif

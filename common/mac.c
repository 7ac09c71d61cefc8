/*
 * MACs by libcrypto.  Runs in engine and server where keys are configured.
 * Everything that is the same for all packets is done when the key is opened;
 * a packet must never cost a look-up or an allocation here.
 */
#include "common/mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdlib.h>
#include <string.h>

struct mac {
	EVP_MD_CTX	*md;		/* digest of key and packet */
	EVP_MAC_CTX	*cmac;		/* or a CMAC */
	uint8_t		*key;		/* of a digest */
	size_t		 key_len;
};

static const struct {
	uint32_t	 type;
	const char	*digest;
	const char	*cipher;
} names[] = {
	{ KEY_MD5, "MD5", NULL },
	{ KEY_SHA1, "SHA1", NULL },
	{ KEY_SHA256, "SHA256", NULL },
	{ KEY_SHA384, "SHA384", NULL },
	{ KEY_SHA512, "SHA512", NULL },
	{ KEY_SHA3_224, "SHA3-224", NULL },
	{ KEY_SHA3_256, "SHA3-256", NULL },
	{ KEY_SHA3_384, "SHA3-384", NULL },
	{ KEY_SHA3_512, "SHA3-512", NULL },
	{ KEY_AES128, NULL, "AES-128-CBC" },
	{ KEY_AES256, NULL, "AES-256-CBC" },
};

static void
mac_close(void *ctx)
{
	struct mac *m = ctx;

	EVP_MD_CTX_free(m->md);		/* these clear what they have */
	EVP_MAC_CTX_free(m->cmac);
	freezero(m->key, m->key_len);
	free(m);
}

static int
open_digest(struct mac *m, const struct key *key, const char *name)
{
	EVP_MD *md;
	int ok;

	m->key = malloc(key->len);
	m->md = EVP_MD_CTX_new();
	md = EVP_MD_fetch(NULL, name, NULL);
	ok = m->key != NULL && m->md != NULL && md != NULL &&
	    EVP_DigestInit_ex2(m->md, md, NULL);
	EVP_MD_free(md);
	if (!ok)
		return (-1);
	memcpy(m->key, key->bytes, key->len);
	m->key_len = key->len;
	return (0);
}

static int
open_cmac(struct mac *m, const struct key *key, const char *name)
{
	OSSL_PARAM params[2];
	EVP_MAC *mac;
	char cipher[16];
	int ok;

	strlcpy(cipher, name, sizeof(cipher));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
	    cipher, 0);
	params[1] = OSSL_PARAM_construct_end();
	mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	ok = mac != NULL && (m->cmac = EVP_MAC_CTX_new(mac)) != NULL &&
	    EVP_MAC_init(m->cmac, key->bytes, key->len, params);
	EVP_MAC_free(mac);
	return (ok ? 0 : -1);
}

static void *
mac_open(const struct key *key)
{
	struct mac *m;
	size_t i;
	int error = -1;

	/* neither its configuration nor its error strings are wanted */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return (NULL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == key->type)
			error = names[i].digest != NULL ?
			    open_digest(m, key, names[i].digest) :
			    open_cmac(m, key, names[i].cipher);
	if (error == -1) {
		mac_close(m);
		return (NULL);
	}
	return (m);
}

static size_t
mac_sign(void *ctx, const uint8_t *data, size_t len, uint8_t *out)
{
	struct mac *m = ctx;
	unsigned n = 0;
	size_t size = 0;

	if (m->cmac != NULL)
		return (EVP_MAC_init(m->cmac, NULL, 0, NULL) &&
		    EVP_MAC_update(m->cmac, data, len) &&
		    EVP_MAC_final(m->cmac, out, &size, KEY_MAC_MAX) ? size :
		    0);
	return (EVP_DigestInit_ex2(m->md, NULL, NULL) &&
	    EVP_DigestUpdate(m->md, m->key, m->key_len) &&
	    EVP_DigestUpdate(m->md, data, len) &&
	    EVP_DigestFinal_ex(m->md, out, &n) ? n : 0);
}

const struct keyring_ops mac_libcrypto = {
	.open = mac_open,
	.close = mac_close,
	.sign = mac_sign
};

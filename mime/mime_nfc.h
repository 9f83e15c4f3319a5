#ifndef MIME_MIME_NFC_H
#define MIME_MIME_NFC_H
/*
 * UTF-8 in one form: Normalization Form C (Unicode Standard Annex 15), in which
 * characters are whole where there are such (e with an acute, not e and an
 * acute). Text that looks the same is the same then. Pure; no memory is taken.
 */
#include "base/slice.h"

#include <stdbool.h>

enum { MIME_NFC_IN = 256, MIME_NFC_MAX = 3 * MIME_NFC_IN + 8 };

/*
 * s in Form C into out, *len_out octets of it. false: s is longer than
 * MIME_NFC_IN octets, or no UTF-8. The form can have three times the octets.
 */
bool mime_nfc(struct slice s, char out[MIME_NFC_MAX], size_t *len_out);

#endif

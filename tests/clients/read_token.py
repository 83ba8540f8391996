"""Reads a token with PyJWT. Arguments: the key set as JSON, the token, the issuer, the audience. Prints JSON: the header,
the claims, the thumbprint of the key that the token names, and by what error each wrong use is refused."""

import base64
import hashlib
import json
import sys

import jwt

key_set, token, issuer, audience = sys.argv[1:]
header = jwt.get_unverified_header(token)
key = jwt.PyJWKSet.from_json(key_set)[header["kid"]]
jwk = next(key for key in json.loads(key_set)["keys"] if key["kid"] == header["kid"])
members = {name: jwk[name] for name in ("e", "kty", "n")}
digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()


def read(token=token, issuer=issuer, audience=audience):
    required = ["aud", "exp", "iat", "iss", "jti", "nbf"]
    return jwt.decode(
        token, key, algorithms=["RS256"], issuer=issuer, audience=audience, options={"require": required}
    )


def refused(**changes):
    try:
        read(**changes)
    except jwt.InvalidTokenError as error:
        return type(error).__name__


signed, signature = token.rsplit(".", 1)
other = "B" if signature[0] == "A" else "A"
print(json.dumps({
    "header": header,
    "claims": read(),
    "thumbprint": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    "refused": {
        "changed": refused(token=f"{signed}.{other}{signature[1:]}"),
        "another audience": refused(audience="another"),
        "another issuer": refused(issuer=issuer + "x"),
    },
}))

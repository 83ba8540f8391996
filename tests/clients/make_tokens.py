"""Makes tokens with PyJWT. Arguments: the issuer, the audience, the time in seconds since 1970. Prints JSON: `keys`, the
key set; `taken` and `refused`, tokens by what there is to say of them."""

import hashlib
import hmac
import json
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

issuer, audience, now = sys.argv[1], sys.argv[2], int(sys.argv[3])
KEY_ID = "key of PyJWT"
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
large = rsa.generate_private_key(public_exponent=65537, key_size=4096)
other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
curve = ec.generate_private_key(ec.SECP256R1())


def published(private, key_id, algorithm=RSAAlgorithm):
    jwk = json.loads(algorithm.to_jwk(private.public_key()))
    return {**jwk, "kid": key_id}


def token(private=key, algorithm="RS256", key_id=KEY_ID, **changes):
    claims = {
        "iss": issuer, "aud": audience, "exp": now + 600, "iat": now - 5, "sub": "alice", **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, private, algorithm=algorithm, headers={"kid": key_id})


def keyed_with(secret):
    """PyJWT itself refuses a public key as the secret of HS256."""
    header, claims, _ = token().split(".")
    header = base64url_encode(json.dumps({"alg": "HS256", "kid": KEY_ID}).encode()).decode()
    signature = hmac.new(secret, f"{header}.{claims}".encode(), hashlib.sha256).digest()
    return f"{header}.{claims}.{base64url_encode(signature).decode()}"


public = key.public_key()
pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
keys = [
    published(key, KEY_ID),
    published(large, "large"),
    published(curve, "curve", ECAlgorithm),
]
taken = {
    "RS256": token(),
    "RS384": token(algorithm="RS384"),
    "RS512": token(algorithm="RS512"),
    "4,096 bits": token(private=large, key_id="large"),
    "one audience of two": token(aud=["another", audience]),
    "client_id": token(aud=None, client_id=audience),
}
refused = {
    "expired": token(exp=now - 1),
    "not yet": token(nbf=now + 600),
    "issued later": token(iat=now + 600),
    "another issuer": token(iss=issuer + "x"),
    "another audience": token(aud="another"),
    "no key id": jwt.encode(jwt.decode(token(), options={"verify_signature": False}), key, algorithm="RS256"),
    "unknown key id": token(key_id="unknown"),
    "another key": token(private=other),
    "the other key's id": token(key_id="large"),
    "PS256": token(algorithm="PS256"),
    "ES256": token(private=curve, algorithm="ES256", key_id="curve"),
    "ES256 under the RSA key's id": token(private=curve, algorithm="ES256"),
    "none": token(private=None, algorithm="none"),
    "HS256 by the key in PEM": keyed_with(pem),
    "HS256 by the key in DER": keyed_with(der),
    "HS256 by the key's n": keyed_with(keys[0]["n"].encode()),
}
print(json.dumps({"keys": {"keys": keys}, "taken": taken, "refused": refused}))

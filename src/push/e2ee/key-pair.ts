import sodium from 'libsodium-wrappers';

/** A pair of X25519 keys as the keys file holds them: base64 (standard alphabet, padded) of 32 bytes each. */
export interface E2eeKeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A new pair: the public key goes into the mobile app, both into the file that `E2EE_KEYS_FILE` names. */
export async function generateKeyPair(): Promise<E2eeKeyPair> {
  await sodium.ready;
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  return {
    publicKey: Buffer.from(publicKey).toString('base64'),
    privateKey: Buffer.from(privateKey).toString('base64'),
  };
}

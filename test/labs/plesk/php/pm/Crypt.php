<?php

final class pm_Crypt
{
    private const CIPHER = 'aes-128-cbc';

    public static function encrypt($plainData)
    {
        $iv = random_bytes(16);
        $text = openssl_encrypt((string) $plainData, self::CIPHER, self::key(), OPENSSL_RAW_DATA, $iv);
        return '$AES-128-CBC$' . base64_encode($iv) . '$' . base64_encode((string) $text);
    }

    public static function decrypt($encryptedData)
    {
        [, , $iv, $text] = explode('$', (string) $encryptedData) + ['', '', '', ''];
        $plain = openssl_decrypt(
            (string) base64_decode($text),
            self::CIPHER,
            self::key(),
            OPENSSL_RAW_DATA,
            str_pad((string) base64_decode($iv), 16, "\0"),
        );
        if ($plain === false) {
            throw new pm_Exception('The data cannot be decrypted.');
        }
        return $plain;
    }

    private static function key(): string
    {
        return (string) hex2bin(Lab_Panel::call('server.key'));
    }
}

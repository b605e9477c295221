<?php

declare(strict_types=1);

/** The body of the request as the browser sent it. */
final class Modules_XolphinSsl_Submitted
{
    /** @return array{string, string} content type and body */
    public static function read(): array
    {
        $type = Modules_XolphinSsl_Given::text($_SERVER['CONTENT_TYPE'] ?? '');
        if (stripos($type, 'multipart/form-data') !== 0) {
            return [$type, (string) file_get_contents('php://input')];
        }
        // PHP takes such a form apart before anybody can read it; put together again it says the same.
        $boundary = bin2hex(random_bytes(16));
        $parts = '';
        foreach ($_POST as $name => $value) {
            $parts .= self::part($boundary, 'name="' . self::quoted((string) $name) . '"', is_string($value) ? $value : '');
        }
        foreach ($_FILES as $name => $file) {
            $about = array_map([Modules_XolphinSsl_Given::class, 'text'], (array) $file) + ['tmp_name' => '', 'name' => ''];
            if (is_uploaded_file($about['tmp_name'])) {
                $names = 'name="' . self::quoted((string) $name) . '"; filename="' . self::quoted($about['name']) . '"';
                $parts .= self::part($boundary, $names, (string) file_get_contents($about['tmp_name']));
            }
        }

        return ["multipart/form-data; boundary=$boundary", "$parts--$boundary--\r\n"];
    }

    private static function part(string $boundary, string $names, string $content): string
    {
        return "--$boundary\r\nContent-Disposition: form-data; $names\r\n\r\n$content\r\n";
    }

    private static function quoted(string $name): string
    {
        return strtr($name, ['"' => '%22', "\r" => '%0D', "\n" => '%0A']);
    }
}

<?php

declare(strict_types=1);

/** An answer of the agent that is a whole HTTP response: handed on as it is. */
final class Modules_XolphinSsl_WholeAnswer
{
    public static function show(?string $answer, Zend_Controller_Response_Abstract $response): void
    {
        [$head, $body] = explode("\r\n\r\n", $answer ?? "HTTP/1.1 503 Service Unavailable\r\n\r\n", 2) + ['', ''];
        $lines = explode("\r\n", $head);
        $response->setHttpResponseCode((int) (explode(' ', $lines[0])[1] ?? 503));
        foreach (array_slice($lines, 1) as $line) {
            [$name, $value] = explode(': ', $line, 2) + ['', ''];
            $response->setHeader($name, $value, true);
        }
        $response->setBody($body);
    }
}

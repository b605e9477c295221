<?php

declare(strict_types=1);

/** What the browser, the panel or a file gave, which may be of any kind: as text, or as a whole number. */
final class Modules_XolphinSsl_Given
{
    /** Empty when it is none, such as a list. */
    public static function text(mixed $value): string
    {
        return is_scalar($value) ? (string) $value : '';
    }

    /** Zero when it is none. */
    public static function number(mixed $value): int
    {
        return is_numeric($value) ? (int) $value : 0;
    }
}

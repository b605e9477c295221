<?php

declare(strict_types=1);

/**
 * What came back from a backup of the server. The agent takes the orders over; the settings stay here to be read, because
 * they are root's file, which nothing that runs as the panel may write.
 */
final class Modules_XolphinSsl_Restored
{
    /** Bounds the words of one command. */
    private const AT_ONCE = 1000;

    public static function keep(string $backup): void
    {
        $facts = json_decode($backup, true);
        if (!is_array($facts)) {
            return;
        }
        $orders = is_array($facts['orders'] ?? null) ? $facts['orders'] : [];
        $ids = array_values(array_filter(array_column($orders, 'id'), static fn (mixed $id): bool => is_int($id) && $id > 0));
        file_put_contents(self::file('orders'), json_encode($ids, JSON_THROW_ON_ERROR));
        file_put_contents(self::file('settings'), json_encode($facts['policy'] ?? null, JSON_THROW_ON_ERROR));
    }

    /** Tells the agent, when something is kept; what it could not be told is told another day. */
    public static function handOver(): void
    {
        $file = self::file('orders');
        if (!is_readable($file)) {
            return;
        }
        $kept = json_decode((string) file_get_contents($file), true);
        foreach (array_chunk(is_array($kept) ? $kept : [], self::AT_ONCE) as $some) {
            $ids = array_map([Modules_XolphinSsl_Given::class, 'text'], $some);
            if (Modules_XolphinSsl_Root::call(['restored', ...$ids])['code'] !== 0) {
                return;
            }
        }
        unlink($file);
    }

    private static function file(string $of): string
    {
        return pm_Context::getVarDir() . "restored-$of.json";
    }
}

<?php

declare(strict_types=1);

/** Shows how far the agent is with installing many certificates, in the panel's own progress bar. */
class Modules_XolphinSsl_Task_Install extends pm_LongTask_Task
{
    private const PAUSE_SECONDS = 2;
    /** What stands still for so long waits for somebody, and the page says for whom. */
    private const PATIENCE_SECONDS = 1200;

    public $trackProgress = true;

    /** Begins to show it, unless it is being shown; an earlier one that is over makes room. */
    public static function show(): void
    {
        $manager = new pm_LongTask_Manager();
        $task = new self();
        foreach ($manager->getTasks([$task->getId()]) as $shown) {
            if (!in_array($shown->getStatus(), [self::STATUS_DONE, self::STATUS_ERROR], true)) {
                return;
            }
            $manager->cancel($shown);
        }
        $manager->start($task);
    }

    public function getId(): string
    {
        return 'install';
    }

    public function run(): void
    {
        $most = 1;
        $changed = time();
        while (($left = Modules_XolphinSsl_Facts::tally()['installing'] ?? 0) > 0) {
            if ($left !== Modules_XolphinSsl_Given::number($this->getParam('left'))) {
                $changed = time();
            } elseif (time() - $changed > self::PATIENCE_SECONDS) {
                break;
            }
            $most = max($most, $left);
            $this->setParam('left', $left);
            $this->updateProgress((int) (100 * ($most - $left) / $most));
            sleep(self::PAUSE_SECONDS);
        }
        $this->setParam('left', $left);
        $this->updateProgress(100);
    }

    public function statusMessage(): string
    {
        $left = $this->getParam('left');
        $shown = ['left' => $left === null ? '…' : Modules_XolphinSsl_Given::text($left)];

        return match (true) {
            $this->getStatus() !== self::STATUS_DONE => pm_Locale::lmsg('installing', $shown),
            Modules_XolphinSsl_Given::number($left) > 0 => pm_Locale::lmsg('installedExcept', $shown),
            default => pm_Locale::lmsg('installed'),
        };
    }
}

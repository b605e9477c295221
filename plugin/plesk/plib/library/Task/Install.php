<?php

declare(strict_types=1);

/** Shows how far the agent is with installing many certificates, in the panel's own progress bar. */
class Modules_XolphinSsl_Task_Install extends pm_LongTask_Task
{
    private const PAUSE_SECONDS = 2;

    public $trackProgress = true;

    /** Begins to show it, unless it is shown already. */
    public static function show(): void
    {
        $manager = new pm_LongTask_Manager();
        $task = new self();
        if ($manager->getTasks([$task->getId()]) === []) {
            $manager->start($task);
        }
    }

    public function getId(): string
    {
        return 'install';
    }

    public function run(): void
    {
        for ($most = 1; ($left = Modules_XolphinSsl_Facts::tally()['installing'] ?? 0) > 0; sleep(self::PAUSE_SECONDS)) {
            $most = max($most, $left);
            $this->setParam('left', $left);
            $this->updateProgress((int) (100 * ($most - $left) / $most));
        }
        $this->updateProgress(100);
    }

    public function statusMessage(): string
    {
        return $this->getStatus() === self::STATUS_DONE
            ? pm_Locale::lmsg('installed')
            : pm_Locale::lmsg('installing', ['left' => (string) $this->getParam('left', '…')]);
    }
}

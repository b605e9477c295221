<?php

class pm_LongTask_Manager
{
    public function __construct()
    {
    }

    public function start(pm_LongTask_Task $task, ?pm_Domain $domain = null)
    {
        $row = Lab_Panel::call('longtask.start', [
            'class' => get_class($task),
            'domain' => $domain?->getId(),
        ] + $task->toArray());
        $task->labState($row);
    }

    /** Tasks of these ids, all without; only of these domains when some are given. */
    public function getTasks(array $ids, $domains = null)
    {
        $rows = Lab_Panel::call('longtask.all', ['ids' => $ids]);
        $wanted = $domains === null ? null : array_map(
            static fn ($domain) => $domain->getId(),
            is_array($domains) ? $domains : [$domains],
        );
        $tasks = [];
        foreach ($rows as $row) {
            if ($wanted === null || in_array($row['domain'], $wanted, true)) {
                $tasks[] = (new $row['class']())->labState($row);
            }
        }
        return $tasks;
    }

    public function cancel(pm_LongTask_Task $task)
    {
        Lab_Panel::call('longtask.cancel', ['instanceId' => $task->getInstanceId()]);
    }

    public function cancelAllTasks()
    {
        Lab_Panel::call('longtask.cancelAll');
    }
}

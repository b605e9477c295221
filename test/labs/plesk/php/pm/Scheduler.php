<?php

class pm_Scheduler
{
    public static $EVERY_MIN = ['*', '*', '*', '*', '*'];
    public static $EVERY_5_MIN = ['0,4,9,14,19,24,29,34,39,44,49,54,59', '*', '*', '*', '*'];
    public static $EVERY_10_MIN = ['0,9,19,29,39,49,59', '*', '*', '*', '*'];
    public static $EVERY_HOUR = ['0', '*', '*', '*', '*'];
    public static $EVERY_DAY = ['0', '0', '*', '*', '*'];
    public static $EVERY_WEEK = ['0', '0', '*', '*', '0'];
    public static $EVERY_MONTH = ['0', '0', '1', '*', '*'];

    private static ?self $instance = null;

    public function __construct()
    {
    }

    public static function getInstance()
    {
        return self::$instance ??= new self();
    }

    public static function resetInstance()
    {
        self::$instance = null;
    }

    public function listTasks()
    {
        return array_map(static fn (array $row) => new pm_Scheduler_Task($row), Lab_Panel::call('task.all'));
    }

    public function getTaskById($taskId)
    {
        foreach ($this->listTasks() as $task) {
            if ($task->getId() === $taskId) {
                return $task;
            }
        }
        throw new pm_Exception('Task does not exist');
    }

    public function putTask(pm_Scheduler_Task $task)
    {
        $row = Lab_Panel::call('task.put', [
            'id' => $task->getId(),
            'cmd' => $task->getCmd(),
            'arguments' => $task->getArguments(),
            'schedule' => array_values($task->getSchedule()),
        ]);
        $task->__construct($row);
    }

    public function removeTask(pm_Scheduler_Task $task)
    {
        Lab_Panel::call('task.remove', ['id' => $task->getId()]);
    }

    public function removeAllTasks()
    {
        foreach ($this->listTasks() as $task) {
            $this->removeTask($task);
        }
    }

    public function enableTask(pm_Scheduler_Task $task)
    {
        Lab_Panel::call('task.switch', ['id' => $task->getId(), 'active' => true]);
    }

    public function disableTask(pm_Scheduler_Task $task)
    {
        Lab_Panel::call('task.switch', ['id' => $task->getId(), 'active' => false]);
    }
}

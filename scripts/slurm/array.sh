#!/bin/bash
#SBATCH --requeue
#SBATCH --open-mode=append
# What build.sbatch and contam.sbatch share: an array of Slurm jobs, each of which runs a command for its part of the
# work, and a job that finishes the work once no task is left.
#
#   array.sh submit-tasks NAME N COMMAND...       submits N tasks of COMMAND --task I/N; prints the number of the array
#   array.sh submit-finish NAME ARRAY COMMAND...  submits COMMAND, to be run when no task of ARRAY is left
#
# build.sbatch says which variables change how. Slurm runs a copy of this file, as run-task and run-finish.
set -eu
verb=$1
shift

# Slurm ends the job, by SIGTERM, and queues it again. A job that ends by itself before would count as done.
queue_again() {
    trap "" USR1
    trap 'exit 1' TERM
    scontrol requeue "$1"
    sleep infinity &
    wait
}

# after_kill REASON: a task that was killed resumes, but not for ever; nor if Slurm is ending it: somebody cancelled it, or
# Slurm itself queues it again.
after_kill() {
    local id=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
    trap "" USR1 TERM
    if [ "$(squeue -h -j "$id" -o %T)" != RUNNING ]; then
        echo "task $SLURM_ARRAY_TASK_ID: $1 by Slurm" >&2
        exit 1
    fi
    echo "task $SLURM_ARRAY_TASK_ID: $1, restart ${SLURM_RESTART_COUNT:-0} of ${RETRIES:-5}" >&2
    [ "${SLURM_RESTART_COUNT:-0}" -lt "${RETRIES:-5}" ] || exit 1
    queue_again "$id"
}

# shellcheck disable=SC2317 # the trap calls it
stop() {
    kill "$child" 2> /dev/null || true
    wait "$child" || true
    after_kill stopped
}

# Whether a task of an array is waiting or running; also if Slurm does not tell.
is_left() {
    local jobs
    jobs=$(squeue -h -o %F) || return 0
    grep -qx "$1" <<< "$jobs"
}

case $verb in
    submit-tasks)
        name=$1 tasks=$2
        shift
        read -r -a options <<< "${SBATCH_OPTIONS-}"
        array=$(sbatch --parsable --job-name="$name" --array="0-$((tasks - 1))" --signal=B:USR1@120 "${options[@]}" \
            "$0" run-task "$@")
        echo "${array%%;*}"
        ;;
    submit-finish)
        name=$1 array=$2
        shift
        read -r -a options <<< "${FINISH_OPTIONS-}"
        # After any end of the tasks: a task that is queued again looks to Slurm like one that failed.
        sbatch --parsable --job-name="$name" --dependency="afterany:$array" "${options[@]}" "$0" run-finish "$@" > /dev/null
        ;;
    run-task)
        tasks=$1
        shift
        "$@" --task "$SLURM_ARRAY_TASK_ID/$tasks" &
        child=$!
        trap stop USR1 TERM
        status=0
        wait "$child" || status=$?
        if [ "$status" -gt 128 ]; then after_kill "killed by signal $((status - 128))"; fi
        exit "$status"
        ;;
    run-finish)
        array=$1
        shift
        # It gives its processors back while it waits: a task may need them.
        if is_left "$array"; then queue_again "$SLURM_JOB_ID"; fi
        exec "$@"
        ;;
    *)
        echo "$0: there is no '$verb'" >&2
        exit 2
        ;;
esac

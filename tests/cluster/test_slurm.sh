#!/bin/bash
# A real Slurm on the loopback interface, started here: slurmctld, slurmd and munged. An array of eight tasks builds an
# index while a third of the tasks are killed; it is, byte for byte, that of tasks that nobody disturbed. So is the report
# of a benchmark by such an array that of one run.
# $SLURM_CORPUS is a corpus to use instead of a small one. $SLURM_ODDS is in how many looks a task is killed.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

for program in munged slurmctld slurmd sbatch; do
    PATH=$PATH:/usr/sbin command -v $program > /dev/null && continue
    echo "skip slurm: no $program (Debian's slurm-wlm)"
    exit 0
done
if [ "$(id -u)" -ne 0 ]; then
    echo 'skip slurm: slurmd wants to be root'
    exit 0
fi
PATH=$PATH:/usr/sbin
d=$PWD/slurm
tasks=8
port=$((20000 + RANDOM % 20000))
host=$(hostname -s)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait' EXIT

mkdir -p "$d/state" "$d/spool"
mkdir -m 700 "$d/munge"
head -c 128 /dev/urandom > "$d/munge/key"
chmod 400 "$d/munge/key"
munged --foreground --force --key-file="$d/munge/key" --socket="$d/munge/socket" --pid-file="$d/munge/pid" \
    --log-file="$d/munge/log" --seed-file="$d/munge/seed" > "$d/munged.out" 2>&1 &
pids+=($!)
cat > "$d/slurm.conf" << END
ClusterName=ngidx
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$d/munge/socket
SlurmUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmctldPidFile=$d/slurmctld.pid
SlurmdPidFile=$d/slurmd.pid
StateSaveLocation=$d/state
SlurmdSpoolDir=$d/spool
SlurmctldLogFile=$d/slurmctld.log
SlurmdLogFile=$d/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerParameters=sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$d/slurm.conf

# until_true SECONDS COMMAND...
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
until_true 10 test -S "$d/munge/socket"
slurmctld -D > "$d/slurmctld.out" 2>&1 &
pids+=($!)
slurmd -D > "$d/slurmd.out" 2>&1 &
pids+=($!)
is_idle() { sinfo -h -o %t | grep -q idle; }
if ! until_true 30 is_idle; then
    echo 'skip slurm: it does not start here'
    tail -n 5 "$d"/*.out "$d"/*.log | sed 's/^/    /'
    exit 0
fi

corpus=${SLURM_CORPUS-}
if [ -z "$corpus" ]; then
    corpus=corpus
    mkdir corpus
    for part in $(seq 1 24); do
        awk -v seed="$part" 'BEGIN { srand(seed); for (l = 0; l < 3000; l++) {
            printf "{\"id\": \"%d-%d\", \"text\": \"", seed, l
            for (w = 0; w < 100; w++) printf "w%d ", int(rand() * rand() * 20000)
            printf "\"}\n" } }' > corpus/"$part".jsonl
    done
fi

options=(-q --threads 1 --memory "${SLURM_MEMORY:-512M}" --block-size "${SLURM_BLOCK:-1M}" --shard-size "${SLURM_SHARD:-2M}")
for task in $(seq 0 $((tasks - 1))); do build "$corpus" -o calm --task "$task/$tasks" "${options[@]}"; done
build -o calm --finish

# Slurm lets two minutes pass before it starts a job again. A test need not, but slurmd refuses what starts within a second
# of its end ("Job credential revoked").
declare -A waits=()
hurry() {
    local job
    for job in $(squeue -h -t PD -o '%A %r' | sed -n 's/ BeginTime$//p'); do
        if [ $((SECONDS - ${waits[$job]:=$SECONDS})) -lt 3 ]; then continue; fi
        scontrol update JobId="$job" StartTime=now > /dev/null 2>&1
        unset "waits[$job]"
    done
}

is_over() { jobs=$(squeue -h) && [ -z "$jobs" ]; }

# storm COMMAND: until all jobs are over, kills a third of the tasks that run COMMAND, each once; checks that they were
# queued again.
storm() {
    local kills=0 wanted=$((tasks / 3 + 1)) end=$((SECONDS + ${SLURM_SECONDS:-240})) pid task restarts
    local -A hit=()
    while ! is_over && [ $SECONDS -lt $end ]; do
        for pid in $(pgrep -f "^$1"); do
            [ $kills -lt $wanted ] || break
            task=$({ tr '\0' '\n' < "/proc/$pid/cmdline"; } 2> /dev/null | grep -m 1 "/$tasks\$")
            if [ -z "$task" ] || [ -n "${hit[$task]-}" ]; then continue; fi
            # A busy machine gives few looks, so the first that finds a task kills it.
            if [ $kills -gt 0 ] && [ $((RANDOM % ${SLURM_ODDS:-2})) -gt 0 ]; then continue; fi
            kill -9 "$pid" 2> /dev/null && hit[$task]=1 && kills=$((kills + 1))
        done
        hurry
        sleep 0.05
    done
    # shellcheck disable=SC2034 # not_ok shows it
    out=$(squeue; cat task-*.out slurm-*.out 2> /dev/null)
    check "$kills of $tasks tasks were killed" test "$kills" -gt 0
    restarts=$(cat task-*.out | grep -c 'killed by signal 9, restart')
    check "killed tasks were queued again ($restarts)" test "$restarts" -eq "$kills"
    rm -f task-*.out slurm-*.out
}

export NGIDX SBATCH_OPTIONS="--cpus-per-task=1 --output=task-%a.out" SOURCE_DATE_EPOCH=1700000000
array=$(TASKS=$tasks "$SCRIPTS/slurm/build.sbatch" "$corpus" stormy "${options[@]}")
check 'an array is submitted' test -n "$array"
storm "$NGIDX build $corpus -o stormy"
check 'the index is, byte for byte, that of undisturbed tasks' diff -r calm stormy

# The same command again: all jobs find the index finished, and succeed.
TASKS=$tasks FINISH_OPTIONS=--output=finish.out "$SCRIPTS/slurm/build.sbatch" "$corpus" stormy "${options[@]:1}" > /dev/null
until_true 60 is_over
check 'the same command again has nothing to do' \
    test "$(cat task-*.out finish.out | grep -c '^stormy (it was there): ')" -eq $((tasks + 1))
check 'and does not change the index' diff -r calm stormy
rm -f task-*.out finish.out

build "$corpus" -o whole --threads 2 --memory "${SLURM_MEMORY:-512M}"
for index in whole stormy; do
    for phrase in w1 'w12 w7' 'e' ' the ' 'w0 w0'; do "$NGIDX" count "$phrase" -i $index; done > $index.counts
    "$NGIDX" export -i $index | sha256sum > $index.sum
done
check 'counts are those of a build on one machine' cmp whole.counts stormy.counts
check 'documents are those of a build on one machine' cmp whole.sum stormy.sum

# A benchmark of copies and of other text, long enough to be killed at.
{
    "$NGIDX" export -i stormy 2> /dev/null | head -n 500 | jq -c '{question: .text[10:400]}'
    awk 'BEGIN { srand(99); for (e = 0; e < 8000; e++) {
        printf "{\"question\": \""
        for (w = 0; w < 40; w++) printf "w%d ", int(rand() * rand() * 20000)
        printf "\"}\n" } }'
} > bench.jsonl
run contam bench.jsonl -i stormy --threads 2 --report report
mv report calm.report
array=$(TASKS=$tasks "$SCRIPTS/slurm/contam.sbatch" report bench.jsonl -i stormy --threads 2)
SLURM_ODDS=2 storm "$NGIDX contam bench.jsonl -i stormy"
check 'the report is, byte for byte, that of one run' diff -r calm.report report

# A task that fails for good keeps the index from being finished, and says why.
mkdir bad
printf '{"text":"good"}\n' > bad/1.jsonl
printf '{"text":"good"}\n{"text":\n{"text":"x"}\n' > bad/2.jsonl
TASKS=2 FINISH_OPTIONS=--output=finish.out "$SCRIPTS/slurm/build.sbatch" bad bad.ngidx -q > /dev/null
until_true 30 is_over
check 'a bad corpus gives no index' test ! -e bad.ngidx/index.json
check 'its task says why' grep -q 'bad/2.jsonl:2' task-1.out
check 'the last job names the part that is missing' grep -q '1 of 2 parts are missing: 1' finish.out

# A task that is cancelled is not queued again.
TASKS=2 "$SCRIPTS/slurm/build.sbatch" "$corpus" cancelled -q > /dev/null
until_true 30 pgrep -f "^$NGIDX build $corpus -o cancelled"
scancel -u root
until_true 30 is_over
check 'a build that is cancelled is over' is_over

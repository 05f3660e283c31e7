{"text":"a.jl"}
